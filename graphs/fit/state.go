package fit

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tflab/tflab/graphs"
)

// State is the position of a run. Together with the variables of its program it is
// everything needed to resume the run as if it had not stopped.
type State struct {
	Epoch     int                        `json:"epoch"` // current epoch, from 0
	Step      int                        `json:"step"`  // steps done in that epoch
	Sums      graphs.Sums                `json:"sums"`  // metrics of that epoch so far
	Seconds   float64                    `json:"seconds"`
	Stopped   bool                       `json:"stopped"` // stopped by a callback
	History   *History                   `json:"history"`
	Callbacks map[string]json.RawMessage `json:"callbacks"`
}

// Stateful is a callback whose state is saved in checkpoints.
type Stateful interface {
	Callback
	json.Marshaler
	json.Unmarshaler
	// StateName identifies the callback in a run.
	StateName() string
}

// State returns the present state of the run.
func (r *Run) State() (State, error) {
	s := State{Epoch: r.Epoch, Step: r.Step, Stopped: r.stopped, History: &r.History, Callbacks: map[string]json.RawMessage{}}
	switch {
	case len(r.History.Epochs) > r.Epoch: // the epoch is complete
		s.Epoch, s.Step = r.Epoch+1, 0
	case r.Step > 0:
		var err error
		if s.Sums, err = r.stage.Sums(); err != nil {
			return s, err
		}
		s.Seconds = r.seconds()
	}
	for _, cb := range r.callbacks {
		keeper, ok := cb.(Stateful)
		if !ok {
			continue
		}
		raw, err := keeper.MarshalJSON()
		if err != nil {
			return s, fmt.Errorf("fit: state of %s: %w", keeper.StateName(), err)
		}
		s.Callbacks[keeper.StateName()] = raw
	}
	return s, nil
}

// resume continues a run from a state.
func (r *Run) resume(s *State) error {
	if s.Epoch < 0 || s.Step < 0 || s.Step > r.Steps || s.History == nil || len(s.History.Epochs) != s.Epoch {
		return fmt.Errorf("fit: resume: epoch %d, step %d of %d: want a position in this run", s.Epoch, s.Step, r.Steps)
	}
	begun := s.Epoch
	if s.Step > 0 {
		begun++
	}
	if begun > r.Epochs {
		return fmt.Errorf("fit: resume: %d epochs, but %d have begun: want %d or more", r.Epochs, begun, begun)
	}
	r.Epoch, r.Step, r.sums, r.before, r.stopped = s.Epoch, s.Step, s.Sums, s.Seconds, s.Stopped
	r.History = *s.History
	for _, cb := range r.callbacks {
		keeper, ok := cb.(Stateful)
		if !ok {
			continue
		}
		raw, ok := s.Callbacks[keeper.StateName()]
		if !ok {
			continue
		}
		if err := keeper.UnmarshalJSON(raw); err != nil {
			return fmt.Errorf("fit: resume: state of %s: %w", keeper.StateName(), err)
		}
	}
	return nil
}

// seconds returns the time spent in the current epoch, in all parts of the run.
func (r *Run) seconds() float64 { return r.before + time.Since(r.start).Seconds() }
