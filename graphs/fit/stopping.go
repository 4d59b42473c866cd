package fit

import (
	"encoding/json"
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

func (s *stopOnNaN) EpochEnd(r *Run) error {
	return checkLoss(r, r.History.Epochs[len(r.History.Epochs)-1].Training.Loss)
}

func checkLoss(r *Run, loss float64) error {
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return fmt.Errorf("step %d: %w (%v): a smaller learning rate may help", r.Step, ErrNaN, loss)
	}
	return nil
}

// EarlyStopping ends a run after so many epochs without a better loss, that of
// validation where there is one: Keras's callback of that name, with its
// defaults. The weights stay those of the last epoch.
func EarlyStopping(patience int) Callback {
	return &earlyStopping{patience: patience, best: math.Inf(1)}
}

type earlyStopping struct {
	Nothing
	patience, waited int
	best             float64
}

func (e *earlyStopping) StateName() string { return "early_stopping" }

func (e *earlyStopping) MarshalJSON() ([]byte, error) {
	return json.Marshal(stoppingState{Waited: e.waited, Best: finite(e.best)})
}

func (e *earlyStopping) UnmarshalJSON(raw []byte) error {
	var s stoppingState
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	e.waited = s.Waited
	if s.Best != nil {
		e.best = *s.Best
	}
	return nil
}

type stoppingState struct {
	Waited int      `json:"waited"`
	Best   *float64 `json:"best"` // null before the first epoch
}

func (e *earlyStopping) EpochEnd(r *Run) error {
	loss := r.History.Epochs[len(r.History.Epochs)-1].loss()
	if loss < e.best {
		e.best, e.waited = loss, 0
		return nil
	}
	if e.waited++; e.waited >= e.patience {
		r.Stop()
	}
	return nil
}
