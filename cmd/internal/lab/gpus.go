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

// TrainElsewhere trains one network of a lab in a separate process on one device, and
// leaves its run in the lab's folder. It copies the output of the process to progress.
type TrainElsewhere func(ctx context.Context, network string, device graphs.Device, progress io.Writer) error

// trainOnGPUs trains the pending networks on several GPUs, one network at a time on
// each. Each network has its own process, because a process can give a GPU to
// TensorFlow only under one number. A network that fails does not stop the others.
func (l *lab) trainOnGPUs(ctx context.Context) error {
	queue := make(chan string, len(l.todo))
	names := map[string]bool{}
	for _, t := range l.todo {
		if name := t.spec.Network.Name(); !names[name] { // one process trains all seeds of a network
			names[name] = true
			queue <- name
		}
	}
	close(queue)
	var (
		wait   sync.WaitGroup
		lock   sync.Mutex // guards failed and the output
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

// prefixed writes whole lines with a prefix, so that the output of several processes
// stays readable.
type prefixed struct {
	w      io.Writer
	lock   *sync.Mutex
	prefix string
	rest   []byte // start of an incomplete line
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
