package server_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/cmd/internal/server"
)

// A new version takes over without losing a request. The old version is closed, but not
// while it runs.
func TestNewVersion(t *testing.T) {
	s, url := startServer(t, server.Options{})
	if status, _ := post(t, url+predict, `{"instances": [1]}`); status != 503 {
		t.Errorf("before a model is there: %d, want 503", status)
	}
	var models []*fake
	use := func(version int64) {
		m := halfPlusThree()
		m.delay = time.Millisecond
		models = append(models, m)
		s.Use(m, server.Description{Version: version})
	}
	use(1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 8)
	for range cap(done) {
		go func() {
			for ctx.Err() == nil {
				if status, body := post(t, url+predict, `{"instances": [1]}`); status != 200 {
					done <- fmt.Errorf("%d %s", status, body)
					return
				}
			}
			done <- nil
		}()
	}
	for v := int64(2); v < 12; v++ {
		time.Sleep(10 * time.Millisecond)
		use(v)
	}
	cancel()
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if status, _ := get(t, url+"/v1/models/half_plus_three/versions/11"); status != 200 {
		t.Errorf("the last version is not there: %d", status)
	}
	if status, _ := get(t, url+"/v1/models/half_plus_three/versions/1"); status != 404 {
		t.Errorf("the first version: %d, want 404", status)
	}
	time.Sleep(50 * time.Millisecond)
	for i, m := range models[:len(models)-1] {
		if !m.closed.Load() {
			t.Errorf("version %d is not closed", i+1)
		}
	}
}

// When the server is told to stop, it completes the requests that have started and
// accepts no more.
func TestDrain(t *testing.T) {
	m := halfPlusThree()
	m.delay = 200 * time.Millisecond
	s := server.New(server.Options{Name: "half_plus_three"})
	s.Use(m, server.Description{Version: 1})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- s.Serve(ctx, l) }()
	answer := make(chan int)
	go func() {
		status, _ := post(t, "http://"+l.Addr().String()+predict, `{"instances": [1]}`)
		answer <- status
	}()
	for m.running.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if status := <-answer; status != 200 {
		t.Errorf("the request under way: %d, want 200", status)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the server takes connections after its end")
	}
	if err := s.Close(); err != nil || !m.closed.Load() {
		t.Error(err, "the model is not closed")
	}
}

// A panic in the network produces a response and does not end the server.
func TestPanic(t *testing.T) {
	m := halfPlusThree()
	m.compute = func(string, map[string]*tf.Tensor) (map[string]*tf.Tensor, error) { panic("broken") }
	url := start(t, m, server.Options{}, server.Description{})
	for range 2 {
		if status, body := post(t, url+predict, `{"instances": [1]}`); status != 400 && status != 500 || !strings.Contains(message(t, body), "broken") {
			t.Error(status, body)
		}
	}
	if status, _ := get(t, url+"/nothing"); status != 404 {
		t.Errorf("status %d, want 404", status)
	}
}
