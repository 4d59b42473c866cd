package fit

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/tflab/tflab/graphs/npy"
)

// Stopping are the settings of EarlyStopping. The zero value stops after the
// first epoch that is not better than the best.
type Stopping struct {
	Patience    int     // epochs without a better loss until it stops
	MinDelta    float64 // by how much a loss must be smaller to be better
	RestoreBest bool    // ends with the weights of the best epoch, not the last
}

// EarlyStopping ends a run after some epochs without a better loss, that of
// validation where there is one: Keras's callback of that name
// (keras/src/callbacks/early_stopping.py). As there, a run that reaches its last
// epoch gets its best weights back as well; one that was cut short by an error
// does not, for it may go on.
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
