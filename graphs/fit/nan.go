package fit

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrNaN is what StopOnNaN ends a run with.
var ErrNaN = errors.New("the loss is no finite number")

// StopOnNaN ends a run with ErrNaN when its loss is not finite any more: from
// then on nothing can be learned. Keras's TerminateOnNaN. It looks at the end of
// each epoch and, because a look costs time, once a second within.
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

// EpochEnd looks at the validation, too: what the epoch's last step broke shows
// there first.
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
