package fit

import (
	"errors"
	"fmt"
	"math"
)

// ErrNaN is what StopOnNaN ends a run with.
var ErrNaN = errors.New("the loss is no finite number")

// StopOnNaN ends a run with ErrNaN after an epoch whose loss is not finite:
// from then on nothing can be learned. Keras's TerminateOnNaN.
func StopOnNaN() Callback {
	return OnEpochEnd(func(r *Run) error {
		row := r.History.Epochs[len(r.History.Epochs)-1]
		if math.IsNaN(row.Training.Loss) || math.IsInf(row.Training.Loss, 0) {
			return fmt.Errorf("%w (%v): a smaller learning rate may help", ErrNaN, row.Training.Loss)
		}
		return nil
	})
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

func (e *earlyStopping) EpochEnd(r *Run) error {
	row := r.History.Epochs[len(r.History.Epochs)-1]
	loss := row.Training.Loss
	if row.Validation != nil {
		loss = row.Validation.Loss
	}
	if loss < e.best {
		e.best, e.waited = loss, 0
		return nil
	}
	if e.waited++; e.waited >= e.patience {
		r.Stop()
	}
	return nil
}
