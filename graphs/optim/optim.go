// Package optim has the optimizers and learning-rate schedules of Keras, as
// nodes of a TensorFlow graph. The updates are TensorFlow's own fused kernels
// wherever one computes Keras's formula.
//
// In the formulas w is a weight, g its gradient, lr the learning rate of the
// step and t the number of the step, 1 at the first.
package optim

import (
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
	// Slots are the arrays that are kept for each weight.
	Slots() []Slot
	// Update adds the operation that moves one weight.
	Update(s *op.Scope, w Weight) *tf.Operation
}

// Slot is an array that an optimizer keeps for each weight.
type Slot struct {
	Name    string
	Initial float64 // the value of all its elements at the start
	Scalar  bool    // it is one number; else it has the weight's shape
}

// zeroSlots are slots in the weight's shape that are 0 at the start.
func zeroSlots(names ...string) []Slot {
	var all []Slot
	for _, name := range names {
		all = append(all, Slot{Name: name})
	}
	return all
}

// Weight is what an optimizer sees of one weight in the graph.
type Weight struct {
	Variable     tf.Output   // resource of float32, the weight
	Slots        []tf.Output // resources of float32, one for each of Optimizer.Slots
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

// scalar is a float32 constant in a scope of its own.
func scalar(s *op.Scope, name string, v float64) tf.Output {
	return op.Const(s.SubScope(name), float32(v))
}
