package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// adagrad divides the gradient by the root of the sum of its squares so far (Duchi et
// al., 2011), with Keras's formulas, where epsilon is inside the root:
//
//	a += g*g
//	w -= lr * g / sqrt(a + epsilon)
//
// TensorFlow's kernel has epsilon outside the root, so the update is composed of basic
// operations.
type adagrad struct {
	learningRate float64
	h            values
}

func newAdagrad(rate float64, h values) Optimizer { return adagrad{rate, h} }

func (a adagrad) Name() string          { return "adagrad" }
func (a adagrad) LearningRate() float64 { return a.learningRate }

func (a adagrad) Slots() []Slot {
	return []Slot{{Name: "accumulator", Initial: a.h["initial_accumulator_value"]}}
}

func (a adagrad) Hyperparameters() map[string]float64 {
	return a.h.of([]string{"initial_accumulator_value", "epsilon"})
}

func (a adagrad) Update(s *op.Scope, w Weight) *tf.Operation {
	s = s.SubScope("Adagrad")
	c := calculation{s}
	sum := c.add(c.read(w.Slots[0]), c.square(w.Gradient))
	kept := c.assign(w.Slots[0], sum)
	return op.AssignSubVariableOp(s.WithControlDependencies(kept), w.Variable,
		c.div(c.mul(w.LearningRate, w.Gradient), c.sqrt(c.add(sum, c.number(a.h["epsilon"])))))
}
