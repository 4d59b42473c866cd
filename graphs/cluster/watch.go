package cluster

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Watch polls workers to detect failures. TensorFlow waits forever for a worker that
// hangs, and so does a client whose first worker has gone.
type Watch struct {
	Workers []Worker

	lines []*line
	lost  chan struct{} // closed when a worker has failed
	done  chan struct{}
	once  sync.Once
	fault error // valid after lost is closed
}

// NewWatch connects to the workers and starts to poll them. A worker fails if it does
// not answer a poll within the timeout.
func NewWatch(ctx context.Context, addresses []string, timeout time.Duration) (*Watch, error) {
	lines, workers, err := connectAll(ctx, addresses, timeout)
	if err != nil {
		closeAll(lines)
		return nil, err
	}
	w := &Watch{Workers: workers, lines: lines, lost: make(chan struct{}), done: make(chan struct{})}
	for _, l := range lines {
		go w.keepAsking(l)
	}
	return w, nil
}

// A worker that receives nothing for a minute assumes that its clients have gone.
const mostPause = 10 * time.Second

// keepAsking polls at least four times within the timeout.
func (w *Watch) keepAsking(l *line) {
	pause := time.NewTicker(min(max(l.timeout/4, time.Millisecond), mostPause))
	defer pause.Stop()
	for {
		select {
		case <-w.done:
			return
		case <-w.lost:
			return
		case <-pause.C:
			if _, err := l.ask(); err != nil {
				w.fail(&Fault{l.address, err})
				return
			}
		}
	}
}

func (w *Watch) fail(err error) {
	w.once.Do(func() {
		w.fault = err
		close(w.lost)
	})
}

// Lost returns a channel that is closed when a worker has failed. Fault then returns
// the error.
func (w *Watch) Lost() <-chan struct{} { return w.lost }

// Fault returns the first fault that was found. It is valid after Lost is closed.
func (w *Watch) Fault() error { return w.fault }

// Close stops polling and closes the connections.
func (w *Watch) Close() {
	close(w.done)
	closeAll(w.lines)
}

var task = regexp.MustCompile(`/job:` + sessionJob + `/replica:0/task:(\d+)`)

// Explain finds out whether a worker caused an error of TensorFlow, and if so returns a
// Fault that names the worker. Other errors are returned unchanged.
func (w *Watch) Explain(err error) error {
	faults := make([]error, len(w.lines))
	var all sync.WaitGroup
	for i, l := range w.lines {
		all.Go(func() {
			if _, err := l.ask(); err != nil {
				faults[i] = &Fault{l.address, err}
			}
		})
	}
	all.Wait()
	if found := errors.Join(faults...); found != nil {
		w.fail(found)
		return found
	}
	text := firstLine(err)
	if !disconnected(text) && !strings.Contains(text, "Deadline Exceeded") && !strings.Contains(text, "was not found") {
		return err
	}
	fault := &Fault{Err: errors.New("the connection between two workers was lost")}
	if m := task.FindStringSubmatch(text); m != nil {
		if i, err := strconv.Atoi(m[1]); err == nil && i < len(w.lines) {
			fault.Address = w.lines[i].address
		}
	}
	w.fail(fault)
	return fault
}
