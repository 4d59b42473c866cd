package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

type rmsprop struct {
	learningRate, rho, epsilon float64
}

// RMSprop divides the gradient by a running mean of its magnitude (Tieleman and
// Hinton, 2012), as Keras 3 does it, epsilon inside the root:
//
//	ms = rho*ms + (1-rho)*g*g
//	w -= lr * g / sqrt(ms + epsilon)
//
// with rho 0.9, momentum 0 and epsilon 1e-7.
func RMSprop(learningRate float64) Optimizer {
	return rmsprop{learningRate, 0.9, 1e-7}
}

func (r rmsprop) Name() string          { return "rmsprop" }
func (r rmsprop) LearningRate() float64 { return r.learningRate }
func (r rmsprop) Slots() []string       { return []string{"velocity", "momentum"} }

func (r rmsprop) Hyperparameters() map[string]float64 {
	return map[string]float64{"rho": r.rho, "momentum": 0, "epsilon": r.epsilon}
}

func (r rmsprop) Update(s *op.Scope, w Weight) *tf.Operation {
	s = s.SubScope("RMSprop")
	return op.ResourceApplyRMSProp(s, w.Variable, w.Slots[0], w.Slots[1], w.LearningRate,
		scalar(s, "rho", r.rho), scalar(s, "momentum", 0), scalar(s, "epsilon", r.epsilon), w.Gradient)
}

type keras2RMSprop struct{ rmsprop }

// Keras2RMSprop is RMSprop as Keras 2 has it, epsilon outside the root:
//
//	ms = rho*ms + (1-rho)*g*g
//	w -= lr * g / (sqrt(ms) + epsilon)
//
// No kernel of TensorFlow computes this, so it is put together from basic
// operations.
func Keras2RMSprop(learningRate float64) Optimizer {
	return keras2RMSprop{rmsprop{learningRate, 0.9, 1e-7}}
}

func (r keras2RMSprop) Slots() []string { return []string{"velocity"} }

func (r keras2RMSprop) Update(s *op.Scope, w Weight) *tf.Operation {
	s = s.SubScope("RMSprop")
	old := op.ReadVariableOp(s.SubScope("old"), w.Slots[0], tf.Float)
	ms := op.AddV2(s.SubScope("ms"),
		op.Mul(s.SubScope("decayed"), old, scalar(s, "rho", r.rho)),
		op.Mul(s.SubScope("fresh"), op.Square(s.SubScope("square"), w.Gradient), scalar(s, "one_minus_rho", 1-r.rho)))
	delta := op.Div(s.SubScope("delta"),
		op.Mul(s.SubScope("scaled"), w.Gradient, w.LearningRate),
		op.AddV2(s.SubScope("denominator"), op.Sqrt(s.SubScope("root"), ms), scalar(s, "epsilon", r.epsilon)))
	keep := op.AssignVariableOp(s.SubScope("keep"), w.Slots[0], ms)
	return op.AssignSubVariableOp(s.SubScope("move").WithControlDependencies(keep), w.Variable, delta)
}
