package fit

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/tflab/tflab/graphs/npy"
)

// Stopping configures EarlyStopping. The zero value stops after the first epoch that is
// not better than the best.
type Stopping struct {
	Patience    int     // epochs without a better loss before the run stops
	MinDelta    float64 // minimum decrease of the loss that counts as better
	RestoreBest bool    // restore the weights of the best epoch at the end
}

// EarlyStopping returns a callback that ends a run after some epochs without a better
// loss (the validation loss if there is one), like Keras's callback of that name
// (keras/src/callbacks/early_stopping.py). As in Keras, the best weights are also
// restored after the last epoch. They are not restored after an error, because the run
// may be resumed.
func EarlyStopping(s Stopping) Callback {
	e := &earlyStopping{Stopping: s}
	e.reset()
	return e
}

type earlyStopping struct {
	Nothing
	Stopping
	waited  int
	best    float64
	weights []npy.Entry // of the best epoch, if they are to be restored
}

func (e *earlyStopping) reset() { e.waited, e.best, e.weights = 0, math.Inf(1), nil }

func (e *earlyStopping) EpochEnd(r *Run) error {
	if loss := r.last().loss(); loss+e.MinDelta < e.best {
		e.best, e.waited = loss, 0
		return e.remember(r)
	}
	if e.waited++; e.waited >= e.Patience {
		r.Stop()
	}
	return nil
}

func (e *earlyStopping) remember(r *Run) (err error) {
	if e.RestoreBest {
		e.weights, err = r.Program.Weights()
	}
	return err
}

// End restores the best weights.
func (e *earlyStopping) End(r *Run, cause error) error {
	if cause != nil || e.weights == nil {
		return nil
	}
	if err := r.Program.SetWeights(e.weights); err != nil {
		return fmt.Errorf("fit: restore the best weights: %w", err)
	}
	return nil
}

func (e *earlyStopping) StateName() string { return "early_stopping" }

type stoppingState struct {
	Waited  int           `json:"waited"`
	Best    *float64      `json:"best"` // null before the first epoch
	Weights []savedWeight `json:"weights,omitempty"`
}

func (e *earlyStopping) MarshalJSON() ([]byte, error) {
	return json.Marshal(stoppingState{Waited: e.waited, Best: finite(e.best), Weights: pack(e.weights)})
}

func (e *earlyStopping) UnmarshalJSON(raw []byte) (err error) {
	var s stoppingState
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	e.waited = s.Waited
	if s.Best != nil {
		e.best = *s.Best
	}
	e.weights, err = unpack(s.Weights)
	return err
}
