package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/tflab/tflab/graphs"
)

// TrainElsewhere trains one network of a lab in a process of its own, on one
// device, and leaves its run in the lab's folder. What the process has to say goes
// to progress.
type TrainElsewhere func(ctx context.Context, network string, device graphs.Device, progress io.Writer) error

// trainOnGPUs trains what is to do on several GPUs, one network at a time on each.
// Each network has a process of its own, for TensorFlow gives a process one GPU by
// one number. A network that fails does not keep the others from being trained.
func (l *lab) trainOnGPUs(ctx context.Context) error {
	queue := make(chan string, len(l.todo))
	names := map[string]bool{}
	for _, t := range l.todo {
		if name := t.spec.Network.Name(); !names[name] { // the process trains all seeds of a network
			names[name] = true
			queue <- name
		}
	}
	close(queue)
	var (
		wait   sync.WaitGroup
		lock   sync.Mutex // of errs and of what is written
		failed []error
	)
	for _, device := range l.Devices {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for name := range queue {
				progress := &prefixed{w: l.events.Progress, lock: &lock, prefix: fmt.Sprintf("%s %s: ", device, name)}
				err := l.Elsewhere(ctx, name, device, progress)
				progress.flush()
				if err != nil {
					lock.Lock()
					failed = append(failed, fmt.Errorf("%s on %s: %w", name, device, err))
					lock.Unlock()
				}
				if ctx.Err() != nil {
					return
				}
			}
		}()
	}
	wait.Wait()
	return errors.Join(failed...)
}

// prefixed writes whole lines, each behind a prefix, so that those of several
// processes stay readable.
type prefixed struct {
	w      io.Writer
	lock   *sync.Mutex
	prefix string
	rest   []byte // of a line that has not ended
}

// Write implements io.Writer.
func (p *prefixed) Write(b []byte) (int, error) {
	p.rest = append(p.rest, b...)
	for {
		line, rest, found := bytes.Cut(p.rest, []byte("\n"))
		if !found {
			return len(b), nil
		}
		if err := p.line(line); err != nil {
			return 0, err
		}
		p.rest = rest
	}
}

func (p *prefixed) flush() {
	if len(p.rest) > 0 {
		_ = p.line(p.rest) // the terminal is gone
		p.rest = nil
	}
}

func (p *prefixed) line(text []byte) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	_, err := fmt.Fprintf(p.w, "%s%s\n", p.prefix, text)
	return err
}
