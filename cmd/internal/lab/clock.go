package lab

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/graphs/fit"
)

// clock estimates the time that is left of a lab. The work of a network is
// the multiply-adds of all its examples, forward: on one machine the time per
// multiply-add is about the same for all of the lab's networks.
type clock struct {
	w        io.Writer
	quiet    bool
	networks int
	began    time.Time
	total    float64 // work to do
	done     float64 // of it

	mutex sync.Mutex // of total and done, and of the lines: networks may be trained side by side
}

// network adds a network's work, and returns the callback that watches it.
func (k *clock) network(number int, name string, s *experiment.Spec) fit.Callback {
	examples := s.Data.Train.Len()
	if s.Limit > 0 {
		examples = min(examples, s.Limit)
	}
	w := &work{clock: k, number: number, name: name, epochs: s.Recipe.Epochs, epoch: float64(s.Network.MultiplyAdds()) * float64(examples)}
	k.total += w.epoch * float64(w.epochs)
	return w
}

// work watches one network: a line with the time left stands above each of
// its epochs.
type work struct {
	fit.Nothing
	clock  *clock
	number int
	name   string
	epochs int
	epoch  float64 // the work of one
}

// Begin implements fit.Callback. Epochs that an earlier run did are no work.
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

// left is the time left in words. There is none before a fiftieth of the work is
// done: the first steps, and those of the smallest networks, are no measure.
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
