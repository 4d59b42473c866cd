package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// ftrl follows the regularized leader (McMahan et al., 2013, "Ad click prediction: a
// view from the trenches"), with Keras's formulas, where p = -learning_rate_power:
//
//	a' = a + g*g
//	z += g + 2*l2_shrinkage*w - (a'^p - a^p)/lr * w
//	w  = (clip(z, -l1, l1) - z) / (a'^p/lr + 2*(l2 + beta/(2*lr)))
//	a  = a'
type ftrl struct {
	learningRate float64
	h            values
}

func newFtrl(rate float64, h values) Optimizer { return ftrl{rate, h} }

func (f ftrl) Name() string          { return "ftrl" }
func (f ftrl) LearningRate() float64 { return f.learningRate }

func (f ftrl) Slots() []Slot {
	return []Slot{{Name: "accumulator", Initial: f.h["initial_accumulator_value"]}, {Name: "linear"}}
}

func (f ftrl) Hyperparameters() map[string]float64 {
	return f.h.of([]string{"learning_rate_power", "initial_accumulator_value", "l1_regularization_strength",
		"l2_regularization_strength", "l2_shrinkage_regularization_strength", "beta"})
}

func (f ftrl) Update(s *op.Scope, w Weight) *tf.Operation {
	s = s.SubScope("Ftrl")
	c := calculation{s}
	l2 := c.number(f.h["l2_regularization_strength"])
	if beta := f.h["beta"]; beta != 0 {
		l2 = c.add(l2, c.div(c.number(beta), c.mul(c.number(2), w.LearningRate)))
	}
	return op.ResourceApplyFtrlV2(s, w.Variable, w.Slots[0], w.Slots[1], w.Gradient, w.LearningRate, c.number(f.h["l1_regularization_strength"]), l2,
		c.number(f.h["l2_shrinkage_regularization_strength"]), c.number(f.h["learning_rate_power"]))
}
