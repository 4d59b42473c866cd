package lowlevel

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// ReLU replaces negative elements by zero:
//
//	output = max(input, 0)
//
// The input may have any shape, and the output has the same (Nair and Hinton,
// "Rectified linear units improve restricted Boltzmann machines", 2010).
func ReLU(s *op.Scope, input tf.Output) (output tf.Output, err error) {
	defer seal("relu", s, &err)
	if err := wantFloats("relu", argument{"input", input}); err != nil {
		return output, err
	}
	return op.Maximum(s.SubScope("Maximum"), input, zerosLike(s, input)), nil
}

// ReLUBackprop computes the gradient of the loss with respect to the input from
// upstream, its gradient with respect to the output of [ReLU]. upstream has the shape
// of the input.
//
//	dInput = upstream where input > 0, else 0
//
// At zero, where the derivative does not exist, the gradient is 0, as in TensorFlow.
func ReLUBackprop(s *op.Scope, input, upstream tf.Output) (dInput tf.Output, err error) {
	defer seal("relu backprop", s, &err)
	if err := wantLike("relu backprop", argument{"upstream", upstream}, argument{"input", input}); err != nil {
		return dInput, err
	}
	passes := op.Greater(s.SubScope("Greater"), input, zerosLike(s, input))
	return op.Select(s.SubScope("Select"), passes, upstream, zerosLike(s, upstream)), nil
}
