package optim

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Decay is a learning-rate schedule of Keras 3, identified by the name of its class,
// with its settings (keras/src/optimizers/schedules/learning_rate_schedule.py). Its
// rate depends only on the number of steps done, not on the optimizer's rate.
type Decay struct {
	Class        string    `json:"class_name"`
	InitialRate  float64   `json:"initial_learning_rate,omitempty"` // of all classes but PiecewiseConstantDecay
	DecaySteps   float64   `json:"decay_steps,omitempty"`           // of all classes but PiecewiseConstantDecay
	DecayRate    float64   `json:"decay_rate,omitempty"`            // of ExponentialDecay and InverseTimeDecay
	Staircase    bool      `json:"staircase,omitempty"`             // of the same: the rate changes only every DecaySteps
	EndRate      float64   `json:"end_learning_rate,omitempty"`     // of PolynomialDecay
	Power        float64   `json:"power,omitempty"`                 // of PolynomialDecay
	Cycle        bool      `json:"cycle,omitempty"`                 // of PolynomialDecay: restart after DecaySteps
	Alpha        float64   `json:"alpha,omitempty"`                 // of CosineDecay: final share of the rate
	WarmupTarget *float64  `json:"warmup_target,omitempty"`         // of CosineDecay: rate after WarmupSteps; nil means no warm-up
	WarmupSteps  float64   `json:"warmup_steps,omitempty"`          // of CosineDecay
	Boundaries   []float64 `json:"boundaries,omitempty"`            // of PiecewiseConstantDecay: last step of each value but the last
	Values       []float64 `json:"values,omitempty"`                // of PiecewiseConstantDecay
}

// DecayClasses returns the classes that Decay supports.
func DecayClasses() []string {
	return []string{"CosineDecay", "ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay", "PolynomialDecay"}
}

// Check returns an error if the settings are invalid.
func (d Decay) Check() error {
	numbers := append([]float64{d.InitialRate, d.DecaySteps, d.DecayRate, d.EndRate, d.Power, d.Alpha, d.WarmupSteps}, append(slices.Clone(d.Boundaries), d.Values...)...)
	if d.WarmupTarget != nil {
		numbers = append(numbers, *d.WarmupTarget)
	}
	for _, v := range numbers {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s: %g: want finite numbers", d.Class, v)
		}
	}
	switch {
	case !slices.Contains(DecayClasses(), d.Class):
		return fmt.Errorf("unknown learning-rate schedule %q: want one of %s", d.Class, strings.Join(DecayClasses(), ", "))
	case d.Class == "PiecewiseConstantDecay":
		return d.checkPieces()
	case !(d.DecaySteps > 0):
		return fmt.Errorf("decay_steps: %g: want more than 0", d.DecaySteps)
	case d.InitialRate < 0:
		return fmt.Errorf("initial_learning_rate: %g: want 0 or more", d.InitialRate)
	case d.WarmupSteps < 0:
		return fmt.Errorf("warmup_steps: %g: want 0 or more", d.WarmupSteps)
	}
	return nil
}

func (d Decay) checkPieces() error {
	if len(d.Boundaries) == 0 || len(d.Values) != len(d.Boundaries)+1 {
		return fmt.Errorf("%d boundaries and %d values: want a boundary or more, and one value more than boundaries", len(d.Boundaries), len(d.Values))
	}
	if !slices.IsSorted(d.Boundaries) {
		return errors.New("boundaries: want numbers in ascending order")
	}
	return nil
}

// Rate implements Schedule.
func (d Decay) Rate(s *op.Scope, _, iterations tf.Output) tf.Output {
	c := calculation{s.SubScope(d.Class)}
	return scheduled[tf.Output](c, d, c.float(iterations))
}

// At implements Schedule.
func (d Decay) At(_ float64, iterations int64) float64 {
	return scheduled[float64](plain{}, d, float64(iterations))
}

// Fixed implements Schedule.
func (Decay) Fixed() bool { return true }
