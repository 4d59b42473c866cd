package lab

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/graphs/fit"
)

// clock estimates the remaining time of a lab. The work of a network is the number of
// multiply-adds of the forward passes of all its examples: on one machine the time per
// multiply-add is about the same for all networks of the lab.
type clock struct {
	w        io.Writer
	quiet    bool
	networks int
	began    time.Time
	total    float64 // total work
	done     float64 // completed work

	mutex sync.Mutex // guards total, done and the output: networks may be trained side by side
}

// network adds a network's work and returns the callback that tracks it.
func (k *clock) network(number int, name string, s *experiment.Spec) fit.Callback {
	examples := s.Data.Train.Len()
	if s.Limit > 0 {
		examples = min(examples, s.Limit)
	}
	w := &work{clock: k, number: number, name: name, epochs: s.Recipe.Epochs, epoch: float64(s.Network.MultiplyAdds()) * float64(examples)}
	k.total += w.epoch * float64(w.epochs)
	return w
}

// work tracks one network and prints a line with the remaining time before each of its
// epochs.
type work struct {
	fit.Nothing
	clock  *clock
	number int
	name   string
	epochs int
	epoch  float64 // work of one epoch
}

// Begin implements fit.Callback. The epochs of an earlier part of the run do not count
// as work.
func (w *work) Begin(r *fit.Run) error {
	w.clock.mutex.Lock()
	defer w.clock.mutex.Unlock()
	w.clock.total -= w.epoch * float64(len(r.History.Epochs))
	w.line()
	return nil
}

// EpochEnd implements fit.Callback.
func (w *work) EpochEnd(r *fit.Run) error {
	w.clock.mutex.Lock()
	defer w.clock.mutex.Unlock()
	w.clock.done += w.epoch
	if len(r.History.Epochs) < w.epochs {
		w.line()
	}
	return nil
}

func (w *work) line() {
	w.clock.say("network %d of %d: %s%s", w.number, w.clock.networks, w.name, w.clock.left())
}

// left returns the remaining time in words, or "" before a fiftieth of the work is
// done: the first steps, and those of the smallest networks, are not representative.
func (k *clock) left() string {
	if k.done < k.total/50 || k.done == 0 {
		return ""
	}
	left := time.Duration(float64(time.Since(k.began)) * (k.total - k.done) / k.done)
	return fmt.Sprintf(", about %v left in all", max(left, 0).Round(time.Second))
}

func (k *clock) say(format string, args ...any) {
	if !k.quiet {
		fmt.Fprintf(k.w, format+"\n", args...)
	}
}
