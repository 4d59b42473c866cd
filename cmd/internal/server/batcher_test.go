package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/graphs/serving"
)

const predict = "/v1/models/half_plus_three:predict"

// Requests that arrive during a run share the next run, and each gets its own response.
func TestBatching(t *testing.T) {
	const clients = 32
	for _, off := range []bool{false, true} {
		m := halfPlusThree()
		m.delay = 20 * time.Millisecond
		url := start(t, m, server.Options{Batching: server.Batching{Off: off, Max: 16}}, server.Description{}) + predict
		var wg sync.WaitGroup
		for i := range clients {
			wg.Go(func() {
				status, body := post(t, url, fmt.Sprintf(`{"instances": [%d, %d]}`, i, i+100))
				if want := fmt.Sprintf(`{"predictions":[%s,%s]}`, half(i), half(i+100)); status != 200 || compact(body) != want {
					t.Errorf("%d %s, want %s", status, body, want)
				}
			})
		}
		wg.Wait()
		runs := m.runs.Load()
		if off && runs != clients {
			t.Errorf("batching off: %d runs for %d requests: want one for each", runs, clients)
		}
		if least := int64(clients * 2 / 16); !off && (runs < least || runs > clients/2) {
			t.Errorf("batching: %d runs for %d requests of 2: want %d or a few more", runs, clients, least)
		}
	}
}

// half returns i/2 + 3 in the format of the server.
func half(i int) string {
	text := fmt.Sprint(float32(i)/2 + 3)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// With a delay, requests that arrive at different moments share a run, too.
func TestBatchDelay(t *testing.T) {
	m := halfPlusThree()
	url := start(t, m, server.Options{Batching: server.Batching{Max: 4, Delay: 10 * time.Second}}, server.Description{}) + predict
	var wg sync.WaitGroup
	for i := range 4 { // the fourth request fills the batch, long before the delay is over
		wg.Go(func() {
			time.Sleep(time.Duration(i) * 20 * time.Millisecond)
			post(t, url, `{"instances": [1]}`)
		})
	}
	wg.Wait()
	if runs := m.runs.Load(); runs != 1 {
		t.Errorf("%d runs: want 1", runs)
	}
}

// A request with more rows than a run takes several runs, and gets one response.
func TestLargeRequest(t *testing.T) {
	m := halfPlusThree()
	url := start(t, m, server.Options{Batching: server.Batching{Max: 8}}, server.Description{}) + predict
	var in, want []string
	for i := range 30 {
		in, want = append(in, fmt.Sprint(i)), append(want, half(i))
	}
	status, body := post(t, url, `{"instances": [`+strings.Join(in, ",")+`]}`)
	if status != 200 || compact(body) != `{"predictions":[`+strings.Join(want, ",")+`]}` {
		t.Error(status, body)
	}
	if runs := m.runs.Load(); runs != 4 {
		t.Errorf("%d runs for 30 rows: want 4 of up to 8", runs)
	}
}

// A request that the network refuses does not fail the requests that shared its run.
func TestErrorStaysAlone(t *testing.T) {
	m := halfPlusThree()
	plain := m.compute
	m.compute = func(s string, in map[string]*tf.Tensor) (map[string]*tf.Tensor, error) {
		for _, v := range values(in["x"]) {
			if v < 0 {
				return nil, errors.New("negative")
			}
		}
		return plain(s, in)
	}
	m.delay = 20 * time.Millisecond
	url := start(t, m, server.Options{}, server.Description{}) + predict
	var good, bad atomic.Int64
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			x := 1
			if i == 5 {
				x = -1
			}
			switch status, _ := post(t, url, fmt.Sprintf(`{"instances": [%d]}`, x)); status {
			case 200:
				good.Add(1)
			case 400:
				bad.Add(1)
			}
		})
	}
	wg.Wait()
	if good.Load() != 11 || bad.Load() != 1 {
		t.Errorf("%d answers and %d errors: want 11 and 1", good.Load(), bad.Load())
	}
}

// Outputs without a row for each input cannot be split: such requests run separately.
func TestOutputsWithoutRows(t *testing.T) {
	m := &fake{
		signatures: []serving.Signature{{Name: "serving_default",
			Inputs: []serving.Tensor{info("x", tf.Float, -1)}, Outputs: []serving.Tensor{info("y", tf.Float, -1)}}},
		compute: func(_ string, in map[string]*tf.Tensor) (map[string]*tf.Tensor, error) {
			sum := float32(0)
			for _, v := range values(in["x"]) {
				sum += v
			}
			return map[string]*tf.Tensor{"y": floats([]int64{1}, sum)}, nil
		},
		delay: 10 * time.Millisecond,
	}
	url := start(t, m, server.Options{}, server.Description{}) + predict
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if status, body := post(t, url, fmt.Sprintf(`{"inputs": [%d, 1]}`, i)); status != 200 || compact(body) != fmt.Sprintf(`{"outputs":[%d.0]}`, i+1) {
				t.Error(status, body)
			}
		})
	}
	wg.Wait()
}

// Requests beyond the limit of the queue are refused with a 503, and all others
// answered.
func TestOverload(t *testing.T) {
	m := halfPlusThree()
	m.delay = 50 * time.Millisecond
	url := start(t, m, server.Options{Batching: server.Batching{Off: true, Queue: 4}}, server.Description{}) + predict
	var wg sync.WaitGroup
	var answered, refused atomic.Int64
	for range 32 {
		wg.Go(func() {
			r, err := http.Post(url, "", strings.NewReader(`{"instances": [1]}`))
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Body.Close()
			switch {
			case r.StatusCode == 200:
				answered.Add(1)
			case r.StatusCode == 503 && r.Header.Get("Retry-After") != "":
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	if answered.Load()+refused.Load() != 32 || answered.Load() < 4 || refused.Load() == 0 {
		t.Errorf("%d answered, %d refused, of 32", answered.Load(), refused.Load())
	}
}

// Requests that were cancelled are not computed.
func TestCancelled(t *testing.T) {
	m := halfPlusThree()
	m.delay = 100 * time.Millisecond
	url := start(t, m, server.Options{Batching: server.Batching{Off: true}}, server.Description{}) + predict
	go post(t, url, `{"instances": [1]}`)
	for m.running.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"instances": [2]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.DefaultClient.Do(r); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if status, _ := post(t, url, `{"instances": [3]}`); status != 200 {
		t.Error(status)
	}
	if runs := m.runs.Load(); runs != 2 {
		t.Errorf("%d runs: want 2, none for the request that was given up", runs)
	}
}

func TestTimeout(t *testing.T) {
	m := halfPlusThree()
	m.delay = 200 * time.Millisecond
	url := start(t, m, server.Options{Timeout: 20 * time.Millisecond}, server.Description{}) + predict
	if status, body := post(t, url, `{"instances": [1]}`); status != 504 || !strings.Contains(message(t, body), "20ms") {
		t.Error(status, body)
	}
}
