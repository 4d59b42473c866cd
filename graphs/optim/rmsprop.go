package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

type rmsprop struct {
	learningRate float64
	h            values
}

// RMSprop divides the gradient by a running mean of its magnitude (Tieleman and Hinton,
// 2012), with the formulas of Keras 3, where epsilon is inside the root:
//
//	ms = rho*ms + (1-rho)*g*g
//	w -= lr * g / sqrt(ms + epsilon)
//
// with rho 0.9, momentum 0 and epsilon 1e-7. If centered, it also keeps mg = rho*mg +
// (1-rho)*g, and ms - mg*mg replaces ms in the root. With a momentum,
//
//	mom = momentum*mom + lr * g / sqrt(ms + epsilon)
//	w -= mom
func RMSprop(learningRate float64) Optimizer {
	return newRMSprop(learningRate, values{"rho": 0.9, "epsilon": 1e-7})
}

func newRMSprop(rate float64, h values) Optimizer { return rmsprop{rate, h} }

func (r rmsprop) Name() string          { return "rmsprop" }
func (r rmsprop) LearningRate() float64 { return r.learningRate }

func (r rmsprop) Slots() []Slot {
	if r.h["centered"] != 0 {
		return zeroSlots("velocity", "momentum", "average_gradient")
	}
	return zeroSlots("velocity", "momentum")
}

func (r rmsprop) Hyperparameters() map[string]float64 {
	return r.h.of([]string{"rho", "momentum", "epsilon"}, "centered")
}

func (r rmsprop) Update(s *op.Scope, w Weight) *tf.Operation {
	s = s.SubScope("RMSprop")
	rho, momentum, epsilon := scalar(s, "rho", r.h["rho"]), scalar(s, "momentum", r.h["momentum"]), scalar(s, "epsilon", r.h["epsilon"])
	if r.h["centered"] != 0 {
		return op.ResourceApplyCenteredRMSProp(s, w.Variable, w.Slots[2], w.Slots[0], w.Slots[1], w.LearningRate, rho, momentum, epsilon, w.Gradient)
	}
	return op.ResourceApplyRMSProp(s, w.Variable, w.Slots[0], w.Slots[1], w.LearningRate, rho, momentum, epsilon, w.Gradient)
}

type keras2RMSprop struct{ rmsprop }

// Keras2RMSprop is RMSprop with the formulas of Keras 2, where epsilon is outside the
// root:
//
//	ms = rho*ms + (1-rho)*g*g
//	w -= lr * g / (sqrt(ms) + epsilon)
//
// TensorFlow has no kernel for this formula, so it is composed of basic operations.
func Keras2RMSprop(learningRate float64) Optimizer {
	return newKeras2RMSprop(learningRate, values{"rho": 0.9, "epsilon": 1e-7})
}

func newKeras2RMSprop(rate float64, h values) Optimizer { return keras2RMSprop{rmsprop{rate, h}} }

func (r keras2RMSprop) Slots() []Slot { return zeroSlots("velocity") }

func (r keras2RMSprop) Update(s *op.Scope, w Weight) *tf.Operation {
	s = s.SubScope("RMSprop")
	old := op.ReadVariableOp(s.SubScope("old"), w.Slots[0], tf.Float)
	ms := op.AddV2(s.SubScope("ms"),
		op.Mul(s.SubScope("decayed"), old, scalar(s, "rho", r.h["rho"])),
		op.Mul(s.SubScope("fresh"), op.Square(s.SubScope("square"), w.Gradient), scalar(s, "one_minus_rho", 1-r.h["rho"])))
	delta := op.Div(s.SubScope("delta"),
		op.Mul(s.SubScope("scaled"), w.Gradient, w.LearningRate),
		op.AddV2(s.SubScope("denominator"), op.Sqrt(s.SubScope("root"), ms), scalar(s, "epsilon", r.h["epsilon"])))
	keep := op.AssignVariableOp(s.SubScope("keep"), w.Slots[0], ms)
	return op.AssignSubVariableOp(s.SubScope("move").WithControlDependencies(keep), w.Variable, delta)
}
