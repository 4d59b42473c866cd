package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

type adam struct {
	learningRate, beta1, beta2, epsilon float64
}

// Adam keeps running means of the gradient and of its square and corrects both
// for their start at 0 (Kingma and Ba, 2015), as Keras does it:
//
//	m = beta1*m + (1-beta1)*g
//	v = beta2*v + (1-beta2)*g*g
//	w -= lr * sqrt(1-beta2^t)/(1-beta1^t) * m / (sqrt(v) + epsilon)
//
// with beta1 0.9, beta2 0.999 and epsilon 1e-7.
func Adam(learningRate float64) Optimizer {
	return adam{learningRate, 0.9, 0.999, 1e-7}
}

func (a adam) Name() string          { return "adam" }
func (a adam) LearningRate() float64 { return a.learningRate }
func (a adam) Slots() []string       { return []string{"momentum", "velocity"} }

func (a adam) Hyperparameters() map[string]float64 {
	return map[string]float64{"beta_1": a.beta1, "beta_2": a.beta2, "epsilon": a.epsilon}
}

func (a adam) Update(s *op.Scope, w Weight) *tf.Operation {
	s = s.SubScope("Adam")
	done := op.Cast(s.SubScope("iterations"), w.Iterations, tf.Float)
	t := op.AddV2(s.SubScope("t"), done, scalar(s, "one", 1))
	beta1, beta2 := scalar(s, "beta1", a.beta1), scalar(s, "beta2", a.beta2)
	return op.ResourceApplyAdam(s, w.Variable, w.Slots[0], w.Slots[1],
		op.Pow(s.SubScope("beta1_power"), beta1, t), op.Pow(s.SubScope("beta2_power"), beta2, t),
		w.LearningRate, beta1, beta2, scalar(s, "epsilon", a.epsilon), w.Gradient)
}
