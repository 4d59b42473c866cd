package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// adamax is Adam with the discounted maximum of the past gradients instead of the root
// of their mean square (Kingma and Ba, 2015, section 7.1), with Keras's formulas:
//
//	m = beta1*m + (1-beta1)*g
//	u = max(beta2*u, |g|)
//	w -= lr/(1-beta1^t) * m/(u + epsilon)
type adamax struct {
	learningRate float64
	h            values
}

func newAdamax(rate float64, h values) Optimizer { return adamax{rate, h} }

func (a adamax) Name() string          { return "adamax" }
func (a adamax) LearningRate() float64 { return a.learningRate }
func (a adamax) Slots() []Slot         { return zeroSlots("momentum", "norm") }

func (a adamax) Hyperparameters() map[string]float64 {
	return a.h.of([]string{"beta_1", "beta_2", "epsilon"})
}

func (a adamax) Update(s *op.Scope, w Weight) *tf.Operation {
	s = s.SubScope("Adamax")
	c := calculation{s}
	beta1 := c.number(a.h["beta_1"])
	power := c.pow(beta1, c.add(c.float(w.Iterations), c.number(1)))
	return op.ResourceApplyAdaMax(s, w.Variable, w.Slots[0], w.Slots[1], power, w.LearningRate, beta1, c.number(a.h["beta_2"]), c.number(a.h["epsilon"]), w.Gradient)
}
