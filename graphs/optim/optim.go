// Package optim implements the optimizers and learning-rate schedules of Keras as
// operations of a TensorFlow graph. The updates are TensorFlow's fused kernels if they
// compute Keras's formula.
//
// In the formulas w is a weight, g its gradient, lr the learning rate of the step and t
// the number of the step, from 1.
package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Optimizer is a rule for updating weights by gradients. It is a plain value and may be
// compiled into any number of programs.
type Optimizer interface {
	// Name returns Keras's name of the class in lower case.
	Name() string
	// LearningRate returns the initial learning rate.
	LearningRate() float64
	// Hyperparameters returns all settings except the learning rate, by Keras's names.
	Hyperparameters() map[string]float64
	// Slots returns the arrays that the optimizer keeps for each weight.
	Slots() []Slot
	// Update adds the operation that updates one weight.
	Update(s *op.Scope, w Weight) *tf.Operation
}

// Slot is an array that an optimizer keeps for each weight.
type Slot struct {
	Name    string
	Initial float64 // initial value of all elements
	Scalar  bool    // a single number; else it has the weight's shape
}

// zeroSlots returns slots of the weight's shape with initial value 0.
func zeroSlots(names ...string) []Slot {
	var all []Slot
	for _, name := range names {
		all = append(all, Slot{Name: name})
	}
	return all
}

// Weight is one weight in the graph as passed to an optimizer.
type Weight struct {
	Variable     tf.Output   // resource of float32, the weight
	Slots        []tf.Output // resources of float32, one for each of Optimizer.Slots
	Gradient     tf.Output   // float32, the weight's shape
	LearningRate tf.Output   // float32 scalar, according to the schedule
	Iterations   tf.Output   // int64 scalar, number of steps done before this one
}

// Semantics selects the formulas of an optimizer if versions of Keras differ.
type Semantics string

// The supported generations of Keras.
const (
	Keras3 Semantics = "keras3" // Keras 3 with TensorFlow
	Keras2 Semantics = "keras2" // the multi-backend Keras 2
)

// scalar returns a float32 constant in its own scope.
func scalar(s *op.Scope, name string, v float64) tf.Output {
	return op.Const(s.SubScope(name), float32(v))
}
