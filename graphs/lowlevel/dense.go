package lowlevel

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	tg "github.com/galeone/tfgo"
)

// FullyConnected connects every input to every output node:
//
//	output = input * weights + bias
//
// One example is a vector of D elements, or maps H x W x C, which are flattened in
// row-major order; a batch is N x D or N x H x W x C. The weights are D x M and the
// bias has M elements, where M is the number of output nodes. The output is a vector of
// M elements, or N x M for a batch.
//
// A single map H x W cannot be distinguished from a batch of rows: pass it as H x W x
// 1.
func FullyConnected(s *op.Scope, input, weights, bias tf.Output) (output tf.Output, err error) {
	defer seal("dense", s, &err)
	x, err := connection(s, "dense", input, weights)
	if err != nil {
		return output, err
	}
	if err := wantFloats("dense", argument{"weights", weights}, argument{"bias", bias}); err != nil {
		return output, err
	}
	if err := wantShape("dense", argument{"bias", bias}, argument{"weights", weights}, x.nodes); err != nil {
		return output, err
	}
	y := tg.NewTensor(s, x.Output).MatMul(weights).Add(bias).Output // N x M
	return reshape(s, y, x.outputShape...), nil
}

// FullyConnectedBackprop computes the gradients of the loss with respect to the input,
// the weights and the bias from upstream, its gradient with respect to the output of
// [FullyConnected]. upstream has the shape of the output. With the examples as rows and
// ' for the transpose:
//
//	dInput   = upstream * weights'
//	dWeights = input' * upstream
//	dBias    = sum of upstream over the examples
func FullyConnectedBackprop(s *op.Scope, input, weights, upstream tf.Output) (dInput, dWeights, dBias tf.Output, err error) {
	defer seal("dense backprop", s, &err)
	x, err := connection(s, "dense backprop", input, weights)
	if err != nil {
		return dInput, dWeights, dBias, err
	}
	if err = wantUpstream("dense backprop", upstream, input, x.outputShape...); err != nil {
		return dInput, dWeights, dBias, err
	}
	g := reshape(s, upstream, -1, x.nodes)                       // N x M
	dx := matmul(s, g, weights, op.MatMulTransposeB(true))       // N x D
	dWeights = matmul(s, x.Output, g, op.MatMulTransposeA(true)) // D x M
	dBias = reshape(s, sumOver(s, g, 0), x.nodes)                // M
	return reshape(s, dx, x.inputShape...), dWeights, dBias, nil
}

// rows are the examples of a fully connected layer, N x D.
type rows struct {
	tf.Output
	nodes                   int64   // M
	inputShape, outputShape []int64 // in the caller's rank; -1 for an unknown N
}

// connection checks that the weights fit the input.
func connection(s *op.Scope, where string, input, weights tf.Output) (rows, error) {
	if err := wantFloats(where, argument{"input", input}, argument{"weights", weights}); err != nil {
		return rows{}, err
	}
	w, err := weights.Shape().ToSlice()
	if err != nil || len(w) != 2 || !positive(w) {
		return rows{}, fmt.Errorf("%s: got weights of %s: want inputs x outputs", where, shapeOf(weights))
	}
	shape, err := input.Shape().ToSlice()
	if err != nil || len(shape) < 1 || len(shape) > 4 {
		return rows{}, fmt.Errorf("%s: got input of %s: want D or HxWxC for one example, NxD or NxHxWxC for a batch",
			where, shapeOf(input))
	}
	example, output := shape, []int64{w[1]}
	if len(shape)%2 == 0 { // a batch
		example, output = shape[1:], []int64{shape[0], w[1]}
	}
	if sizeOf(example) != w[0] {
		return rows{}, fmt.Errorf("%s: got weights of %s for input of %s: want as many rows as an example has elements",
			where, shapeOf(weights), shapeOf(input))
	}
	return rows{reshape(s, input, -1, w[0]), w[1], shape, output}, nil
}
