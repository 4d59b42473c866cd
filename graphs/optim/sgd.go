package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Momentum configures the velocity of SGD; the zero value is plain gradient descent.
type Momentum struct {
	Rate     float64 // 0 to 1
	Nesterov bool
}

func newSGD(rate float64, h values) Optimizer {
	return sgd{rate, Momentum{Rate: h["momentum"], Nesterov: h["nesterov"] != 0}}
}

type sgd struct {
	learningRate float64
	momentum     Momentum
}

// SGD is gradient descent with Keras's formulas. Plain:
//
//	w -= lr * g
//
// With momentum m, and with Nesterov momentum:
//
//	v = m*v - lr*g
//	w += v            or  w += m*v - lr*g
func SGD(learningRate float64, m Momentum) Optimizer {
	return sgd{learningRate, m}
}

func (d sgd) Name() string          { return "sgd" }
func (d sgd) LearningRate() float64 { return d.learningRate }

func (d sgd) Hyperparameters() map[string]float64 {
	h := map[string]float64{"momentum": d.momentum.Rate, "nesterov": 0}
	if d.momentum.Nesterov {
		h["nesterov"] = 1
	}
	return h
}

func (d sgd) Slots() []Slot {
	if d.momentum.Rate == 0 {
		return nil
	}
	return zeroSlots("momentum")
}

func (d sgd) Update(s *op.Scope, w Weight) *tf.Operation {
	s = s.SubScope("SGD")
	if d.momentum.Rate == 0 {
		return op.ResourceApplyGradientDescent(s, w.Variable, w.LearningRate, w.Gradient)
	}
	return op.ResourceApplyKerasMomentum(s, w.Variable, w.Slots[0], w.LearningRate, w.Gradient,
		scalar(s, "momentum", d.momentum.Rate), op.ResourceApplyKerasMomentumUseNesterov(d.momentum.Nesterov))
}
