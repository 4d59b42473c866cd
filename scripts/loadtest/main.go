// Command loadtest sends requests for predictions to "tflab serve" with many concurrent
// clients, and prints the waiting times and the memory of the server.
//
//	go run ./scripts/loadtest [--tflab bin/tflab] [--clients 64] [--time 30s] [--requests 100000] RUN
//
// It starts the server twice on this machine, with and without batching. It fails if a
// request fails, or if the server's memory after all requests is more than 5 % larger
// than after the first thousand.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

const (
	settled = 1000 // number of requests until all one-time allocations have been made
	allowed = 0.05 // relative growth of the memory
)

// trial configures the measurements.
type trial struct {
	tflab, run string
	clients    int
	time       time.Duration
	requests   int
}

func main() {
	var t trial
	flag.StringVar(&t.tflab, "tflab", "bin/tflab", "the `program`")
	flag.IntVar(&t.clients, "clients", 64, "use `N` concurrent clients")
	flag.DurationVar(&t.time, "time", 30*time.Second, "measure the waiting times for `TIME`, with batching and without")
	flag.IntVar(&t.requests, "requests", 100_000, "measure the memory over `N` requests; 0 skips the measurement")
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

// wait measures the clients' waiting times.
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
