// Package optim has the optimizers and learning-rate schedules of Keras, as
// nodes of a TensorFlow graph. The updates are TensorFlow's own fused kernels
// wherever one computes Keras's formula.
//
// In the formulas w is a weight, g its gradient, lr the learning rate of the
// step and t the number of the step, 1 at the first.
package optim

import (
	"fmt"
	"math"
	"slices"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Optimizer is a rule by which gradients move weights. It is a plain value: it
// may be compiled into any number of programs.
type Optimizer interface {
	// Name is Keras's name of the class in lower case.
	Name() string
	// LearningRate is the rate that training begins with.
	LearningRate() float64
	// Hyperparameters are all settings but the learning rate, by Keras's names.
	Hyperparameters() map[string]float64
	// Slots names the arrays that are kept for each weight, in its shape, 0 at
	// the start.
	Slots() []string
	// Update adds the operation that moves one weight.
	Update(s *op.Scope, w Weight) *tf.Operation
}

// Weight is what an optimizer sees of one weight in the graph.
type Weight struct {
	Variable     tf.Output   // resource of float32, the weight
	Slots        []tf.Output // resources of float32, one for each name of Optimizer.Slots
	Gradient     tf.Output   // float32, the weight's shape
	LearningRate tf.Output   // float32 scalar, schedule included
	Iterations   tf.Output   // int64 scalar, steps done before this one
}

// Semantics says whose formulas an optimizer follows where versions of Keras
// differ.
type Semantics string

// The two generations of Keras that this package knows.
const (
	Keras3 Semantics = "keras3" // Keras 3 on TensorFlow
	Keras2 Semantics = "keras2" // the multi-backend Keras 2
)

// Settings are what New needs to know beside the name. Zero values mean
// Keras's defaults.
type Settings struct {
	LearningRate float64
	Semantics    Semantics
}

// New makes the optimizer that Keras has under this name, with Keras's
// defaults for all that the settings leave open.
func New(name string, s Settings) (Optimizer, error) {
	if s.Semantics == "" {
		s.Semantics = Keras3
	}
	if s.Semantics != Keras3 && s.Semantics != Keras2 {
		return nil, fmt.Errorf("optim: unknown semantics %q: want %s or %s", s.Semantics, Keras3, Keras2)
	}
	if !(s.LearningRate >= 0) || math.IsInf(s.LearningRate, 1) { // NaN is not >= 0
		return nil, fmt.Errorf("optim: learning rate %g: want a positive number", s.LearningRate)
	}
	rate := func(standard float64) float64 {
		if s.LearningRate != 0 {
			return s.LearningRate
		}
		return standard
	}
	makers := map[string]func() Optimizer{
		"rmsprop": func() Optimizer {
			if s.Semantics == Keras2 {
				return Keras2RMSprop(rate(0.001))
			}
			return RMSprop(rate(0.001))
		},
		"adadelta": func() Optimizer {
			if s.Semantics == Keras2 {
				return Adadelta(rate(1))
			}
			return Adadelta(rate(0.001))
		},
		"sgd":  func() Optimizer { return SGD(rate(0.01), Momentum{}) },
		"adam": func() Optimizer { return Adam(rate(0.001)) },
	}
	if m, ok := makers[strings.ToLower(name)]; ok {
		return m(), nil
	}
	var names []string
	for n := range makers {
		names = append(names, n)
	}
	slices.Sort(names)
	return nil, fmt.Errorf("optim: unknown optimizer %q: want one of %s", name, strings.Join(names, ", "))
}

// scalar is a float32 constant in a scope of its own.
func scalar(s *op.Scope, name string, v float64) tf.Output {
	return op.Const(s.SubScope(name), float32(v))
}
