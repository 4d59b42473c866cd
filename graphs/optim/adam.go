package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

type adam struct {
	name         string
	learningRate float64
	h            values
}

// Adam uses running means of the gradient and of its square, corrected for their
// initial value of 0 (Kingma and Ba, 2015), with Keras's formulas:
//
//	m = beta1*m + (1-beta1)*g
//	v = beta2*v + (1-beta2)*g*g
//	w -= lr * sqrt(1-beta2^t)/(1-beta1^t) * m / (sqrt(v) + epsilon)
//
// with beta1 0.9, beta2 0.999 and epsilon 1e-7. With amsgrad (Reddi et al., 2018), the
// last line uses the largest v so far. AdamW is Adam with a weight decay of 0.004.
func Adam(learningRate float64) Optimizer {
	return newAdam("adam")(learningRate, values{"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7})
}

func newAdam(name string) func(float64, values) Optimizer {
	return func(rate float64, h values) Optimizer { return adam{name, rate, h} }
}

func (a adam) Name() string          { return a.name }
func (a adam) LearningRate() float64 { return a.learningRate }

func (a adam) Slots() []Slot {
	if a.h["amsgrad"] != 0 {
		return zeroSlots("momentum", "velocity", "velocity_hat")
	}
	return zeroSlots("momentum", "velocity")
}

func (a adam) Hyperparameters() map[string]float64 {
	names := []string{"beta_1", "beta_2", "epsilon"}
	if a.name == "adamw" { // where 0 is not the default
		names = append(names, "weight_decay")
	}
	return a.h.of(names, "amsgrad")
}

func (a adam) Update(s *op.Scope, w Weight) *tf.Operation {
	s = s.SubScope("Adam")
	done := op.Cast(s.SubScope("iterations"), w.Iterations, tf.Float)
	t := op.AddV2(s.SubScope("t"), done, scalar(s, "one", 1))
	beta1, beta2 := scalar(s, "beta1", a.h["beta_1"]), scalar(s, "beta2", a.h["beta_2"])
	power1, power2 := op.Pow(s.SubScope("beta1_power"), beta1, t), op.Pow(s.SubScope("beta2_power"), beta2, t)
	epsilon := scalar(s, "epsilon", a.h["epsilon"])
	if a.h["amsgrad"] != 0 {
		return op.ResourceApplyAdamWithAmsgrad(s, w.Variable, w.Slots[0], w.Slots[1], w.Slots[2], power1, power2, w.LearningRate, beta1, beta2, epsilon, w.Gradient)
	}
	return op.ResourceApplyAdam(s, w.Variable, w.Slots[0], w.Slots[1], power1, power2, w.LearningRate, beta1, beta2, epsilon, w.Gradient)
}
