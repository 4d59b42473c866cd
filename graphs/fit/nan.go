package fit

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrNaN is the error with which StopOnNaN ends a run.
var ErrNaN = errors.New("the loss is not a finite number")

// StopOnNaN returns a callback that ends a run with ErrNaN when its loss is no longer
// finite, because training cannot recover. It is Keras's TerminateOnNaN. It checks the
// loss at the end of each epoch and, because a check takes time, once a second within
// an epoch.
func StopOnNaN() Callback { return &stopOnNaN{now: time.Now} }

type stopOnNaN struct {
	Nothing
	last time.Time
	now  func() time.Time
}

func (s *stopOnNaN) Step(r *Run) error {
	now := s.now()
	if now.Sub(s.last) < time.Second {
		return nil
	}
	s.last = now
	score, err := r.Score()
	if err != nil {
		return err
	}
	return checkLoss(r, score.Loss)
}

// EpochEnd checks the validation, too, which shows the effect of the epoch's last step
// first.
func (s *stopOnNaN) EpochEnd(r *Run) error {
	row := r.last()
	if err := checkLoss(r, row.Training.Loss); err != nil || row.Validation == nil {
		return err
	}
	return checkLoss(r, row.Validation.Loss)
}

func checkLoss(r *Run, loss float64) error {
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("step %d: %w (%v): a smaller learning rate may help", r.Step, ErrNaN, loss)
	}
	return nil
}
