package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// bound ends a load test: after a time, or after a number of requests.
type bound struct {
	time     time.Duration
	requests int
}

// outcome holds the clients' measurements.
type outcome struct {
	waits  []time.Duration // of the answered requests
	failed int
}

// percentile returns the waiting time that the given percentage of requests did not
// exceed.
func (o outcome) percentile(p int) time.Duration {
	if len(o.waits) == 0 {
		return 0
	}
	slices.Sort(o.waits)
	return o.waits[min(len(o.waits)*p/100, len(o.waits)-1)]
}

// load requests predictions of one image each, with clients that send the next request
// as soon as they have a response.
func (s *served) load(clients int, b bound) (outcome, error) {
	body, err := s.example()
	if err != nil {
		return outcome{}, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: time.Minute}
	var left atomic.Int64
	left.Store(int64(b.requests))
	end := time.Now().Add(b.time)
	var mu sync.Mutex
	var all outcome
	var first error
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			var mine outcome
			var failed error
			for b.requests == 0 && time.Now().Before(end) || left.Add(-1) >= 0 {
				began := time.Now()
				if err := ask(client, s.url, body); err != nil {
					mine.failed, failed = mine.failed+1, err
					continue
				}
				mine.waits = append(mine.waits, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			all.waits = append(all.waits, mine.waits...)
			if all.failed += mine.failed; first == nil {
				first = failed
			}
		})
	}
	wg.Wait()
	return all, first
}

func ask(client *http.Client, url string, body []byte) error {
	r, err := client.Post(url+":predict", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", r.StatusCode, answer)
	}
	return err
}

// example returns a body with one image of noise, of the shape that the server reports.
func (s *served) example() ([]byte, error) {
	r, err := http.Get(s.url + "/metadata")
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	var answer struct {
		Metadata struct {
			Outer struct {
				Signatures map[string]struct {
					Inputs map[string]struct {
						Shape struct {
							Dim []struct{ Size string }
						} `json:"tensor_shape"`
					}
				} `json:"signature_def"`
			} `json:"signature_def"`
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		return nil, err
	}
	for _, input := range answer.Metadata.Outer.Signatures["serving_default"].Inputs {
		var shape []int
		for _, d := range input.Shape.Dim[1:] {
			n, err := strconv.Atoi(d.Size)
			if err != nil || n < 1 {
				return nil, fmt.Errorf("a dimension of %s: want a network with a fixed image size", d.Size)
			}
			shape = append(shape, n)
		}
		return json.Marshal(map[string]any{"instances": []any{noise(shape)}})
	}
	return nil, fmt.Errorf("the network has no input")
}

// noise returns nested lists of random numbers from 0 to 1.
func noise(shape []int) any {
	if len(shape) == 0 {
		return float64(rand.IntN(256)) / 255
	}
	list := make([]any, shape[0])
	for i := range list {
		list[i] = noise(shape[1:])
	}
	return list
}
