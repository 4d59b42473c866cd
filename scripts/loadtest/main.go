// Command loadtest asks "tflab serve" for predictions by many clients at once, and
// says how long they wait and how much memory the server holds.
//
//	go run ./scripts/loadtest [--tflab bin/tflab] [--clients 64] [--time 30s] [--requests 100000] RUN
//
// It starts the server twice on this machine, with batching and without, and fails
// when a request fails, or when the server holds more than 5 % more memory after
// all requests than after the first thousand.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

const (
	settled = 1000 // requests until all that is allocated once has been
	allowed = 0.05 // growth of the memory
)

// trial is what is measured.
type trial struct {
	tflab, run string
	clients    int
	time       time.Duration
	requests   int
}

func main() {
	var t trial
	flag.StringVar(&t.tflab, "tflab", "bin/tflab", "the `program`")
	flag.IntVar(&t.clients, "clients", 64, "ask by `N` clients at once")
	flag.DurationVar(&t.time, "time", 30*time.Second, "measure the waits for `TIME`, with batching and without")
	flag.IntVar(&t.requests, "requests", 100_000, "measure the memory over `N` requests; 0: not at all")
	flag.Parse()
	if flag.NArg() != 1 || t.clients < 1 || t.time <= 0 {
		flag.Usage()
		os.Exit(2)
	}
	t.run = flag.Arg(0)
	if err := t.measure(); err != nil {
		fmt.Fprintln(os.Stderr, "loadtest:", err)
		os.Exit(1)
	}
}

func (t trial) measure() error {
	fmt.Printf("%-12s %9s %9s %10s %9s %9s %9s\n", "batching", "requests", "errors", "a second", "p50", "p99", "longest")
	for _, batching := range []bool{true, false} {
		if err := t.wait(batching); err != nil {
			return err
		}
	}
	if t.requests == 0 {
		return nil
	}
	return t.remember()
}

// wait measures how long the clients wait.
func (t trial) wait(batching bool) error {
	s, err := start(t.tflab, t.run, batching)
	if err != nil {
		return err
	}
	defer s.kill()
	if _, err := s.load(t.clients, bound{requests: settled}); err != nil {
		return err
	}
	began := time.Now()
	got, err := s.load(t.clients, bound{time: t.time})
	took := time.Since(began)
	fmt.Printf("%-12t %9d %9d %10.0f %9s %9s %9s\n", batching, len(got.waits), got.failed, float64(len(got.waits))/took.Seconds(),
		round(got.percentile(50)), round(got.percentile(99)), round(got.percentile(100)))
	if err != nil {
		return err
	}
	return s.stop()
}

// remember measures the growth of the memory.
func (t trial) remember() error {
	s, err := start(t.tflab, t.run, true)
	if err != nil {
		return err
	}
	defer s.kill()
	done, first, last := 0, 0, 0
	for _, until := range []int{settled, t.requests / 4, t.requests / 2, t.requests} {
		if until <= done {
			continue
		}
		if _, err := s.load(t.clients, bound{requests: until - done}); err != nil {
			return err
		}
		done = until
		if last, err = s.resident(); err != nil {
			return err
		}
		if first == 0 {
			first = last
		}
		fmt.Printf("after %6d requests %7.1f MiB\n", done, float64(last)/(1<<20))
	}
	growth := float64(last)/float64(first) - 1
	fmt.Printf("growth %+.1f %% (allowed: %g %%)\n", 100*growth, 100*allowed)
	if growth > allowed {
		return errors.New("the memory grew")
	}
	return s.stop()
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
