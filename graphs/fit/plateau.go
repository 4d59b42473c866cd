package fit

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// Plateau configures ReduceLROnPlateau. The zero value has Keras's defaults.
type Plateau struct {
	Factor   float64 // factor by which the rate is reduced; 0 means 0.1
	Patience int     // epochs without a better loss before a reduction; 0 means 10
	MinDelta float64 // minimum decrease of the loss that counts as better; 0 means 1e-4
	Cooldown int     // epochs after a reduction that are ignored
	MinRate  float64 // lower bound of the rate
}

// ReduceLROnPlateau returns a callback that reduces the learning rate when the loss
// (the validation loss if there is one) stops improving, like Keras's callback of that
// name (keras/src/callbacks/reduce_lr_on_plateau.py). If the program has a schedule,
// the callback reduces the schedule's initial rate. A schedule whose rate follows from
// the step alone, like those of Keras 3, is an error, as in Keras.
func ReduceLROnPlateau(p Plateau) Callback {
	p.Factor, p.Patience, p.MinDelta = cmp.Or(p.Factor, 0.1), cmp.Or(p.Patience, 10), cmp.Or(p.MinDelta, 1e-4)
	k := &plateau{Plateau: p}
	k.reset()
	return k
}

type plateau struct {
	Nothing
	Plateau
	best             float64
	waited, cooldown int
}

func (p *plateau) reset() { p.best, p.waited, p.cooldown = math.Inf(1), 0, 0 }

func (p *plateau) Begin(r *Run) error {
	if !(p.Factor > 0 && p.Factor < 1) {
		return fmt.Errorf("fit: reduce the learning rate by a factor of %g: want a factor between 0 and 1", p.Factor)
	}
	if r.Program.FollowsSchedule() {
		return errors.New("fit: ReduceLROnPlateau: the learning rate follows a schedule of its own: want a program without the schedule, or none of the callback")
	}
	return nil
}

func (p *plateau) EpochEnd(r *Run) error {
	if p.cooldown > 0 {
		p.cooldown--
		p.waited = 0
	}
	loss := r.last().loss()
	switch {
	case loss < p.best-p.MinDelta:
		p.best, p.waited = loss, 0
	case p.cooldown == 0:
		if p.waited++; p.waited >= p.Patience {
			return p.reduce(r)
		}
	}
	return nil
}

func (p *plateau) reduce(r *Run) error {
	old, err := r.Program.BaseLearningRate()
	if err != nil {
		return err
	}
	if float32(old) <= float32(p.MinRate) {
		return nil
	}
	p.cooldown, p.waited = p.Cooldown, 0
	// Keras multiplies the optimizer's float32.
	return r.Program.SetLearningRate(max(float64(float32(old))*p.Factor, p.MinRate))
}

func (p *plateau) StateName() string { return "reduce_lr_on_plateau" }

type plateauState struct {
	Waited   int      `json:"waited"`
	Cooldown int      `json:"cooldown"`
	Best     *float64 `json:"best"` // null before the first epoch
}

func (p *plateau) MarshalJSON() ([]byte, error) {
	return json.Marshal(plateauState{Waited: p.waited, Cooldown: p.cooldown, Best: finite(p.best)})
}

func (p *plateau) UnmarshalJSON(raw []byte) error {
	var s plateauState
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	p.waited, p.cooldown = s.Waited, s.Cooldown
	if s.Best != nil {
		p.best = *s.Best
	}
	return nil
}
