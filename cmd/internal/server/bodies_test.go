package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The bodies of all requests together have a limit. A request that ends releases its
// share.
func TestBodiesLimit(t *testing.T) {
	s := New(Options{Name: "m", MaxBody: 1 << 20, Bodies: 1 << 20})
	s.Use(signatures{}, Description{Version: 1})
	h := httptest.NewServer(s.Handler())
	defer h.Close()
	post := func(body io.Reader) int {
		r, err := http.Post(h.URL+"/v1/models/m:predict", "", body)
		if err != nil {
			t.Error(err)
			return 0
		}
		defer r.Body.Close()
		return r.StatusCode
	}
	large := strings.Repeat(" ", 600<<10)
	body, in := io.Pipe()
	first := make(chan int)
	go func() { first <- post(body) }()
	if _, err := io.WriteString(in, large); err != nil {
		t.Fatal(err)
	}
	for s.bodies.Load() < int64(len(large)) { // until the server has read the body
		time.Sleep(time.Millisecond)
	}
	if status := post(strings.NewReader(large)); status != 503 {
		t.Errorf("a second large body: %d, want 503", status)
	}
	in.Close()
	if status := <-first; status != 400 { // white space is not a request
		t.Errorf("the first body: %d, want 400", status)
	}
	if status := post(strings.NewReader(large)); status != 400 {
		t.Errorf("afterwards: %d, want 400", status)
	}
	if held := s.bodies.Load(); held != 0 {
		t.Errorf("%d bytes are still counted", held)
	}
}
