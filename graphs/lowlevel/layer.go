package lowlevel

import (
	"fmt"
	"math"
	"math/rand/v2"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// layer is a step of a network: a function of this package, its
// back-propagation, and the variables that both use.
type layer struct {
	name      string
	variables []*variable
	forward   func(s *op.Scope, x tf.Output) (tf.Output, error)
	// back returns the gradients of the loss with respect to x and each variable.
	back func(s *op.Scope, x, upstream tf.Output) (dx tf.Output, dv []tf.Output, err error)
}

func convolutionLayer(name string, filters *variable) layer {
	return layer{
		name:      name,
		variables: []*variable{filters},
		forward: func(s *op.Scope, x tf.Output) (tf.Output, error) {
			return Conv2D(s, x, filters.value)
		},
		back: func(s *op.Scope, x, upstream tf.Output) (tf.Output, []tf.Output, error) {
			dx, dFilters, err := Conv2DBackprop(s, x, filters.value, upstream)
			return dx, []tf.Output{dFilters}, err
		},
	}
}

func thresholdLayer(name string) layer {
	return layer{
		name:    name,
		forward: ReLU,
		back: func(s *op.Scope, x, upstream tf.Output) (tf.Output, []tf.Output, error) {
			dx, err := ReLUBackprop(s, x, upstream)
			return dx, nil, err
		},
	}
}

func normalizationLayer(name string) layer {
	return layer{
		name:    name,
		forward: Normalize,
		back: func(s *op.Scope, x, upstream tf.Output) (tf.Output, []tf.Output, error) {
			dx, err := NormalizeBackprop(s, x, upstream)
			return dx, nil, err
		},
	}
}

func poolingLayer(name string, extent int) layer {
	return layer{
		name: name,
		forward: func(s *op.Scope, x tf.Output) (tf.Output, error) {
			return MaxPool(s, x, extent)
		},
		back: func(s *op.Scope, x, upstream tf.Output) (tf.Output, []tf.Output, error) {
			dx, err := MaxPoolBackprop(s, x, extent, upstream)
			return dx, nil, err
		},
	}
}

func connectedLayer(name string, weights, bias *variable) layer {
	return layer{
		name:      name,
		variables: []*variable{weights, bias},
		forward: func(s *op.Scope, x tf.Output) (tf.Output, error) {
			return FullyConnected(s, x, weights.value, bias.value)
		},
		back: func(s *op.Scope, x, upstream tf.Output) (tf.Output, []tf.Output, error) {
			dx, dWeights, dBias, err := FullyConnectedBackprop(s, x, weights.value, upstream)
			return dx, []tf.Output{dWeights, dBias}, err
		},
	}
}

// variable is a trainable variable: float32 numbers that the session keeps between
// steps.
type variable struct {
	name          string
	shape         []int64
	handle, value tf.Output
	initialize    *tf.Operation
}

// newVariable returns a variable of the given shape and initial values.
func newVariable(s *op.Scope, name string, initial []float32, shape ...int64) (*variable, error) {
	s = s.SubScope(name)
	handle := op.VarHandleOp(s, tf.Float, tf.MakeShape(shape...), op.VarHandleOpSharedName(name))
	t, err := tf.NewTensor(initial)
	if err == nil {
		err = t.Reshape(shape)
	}
	if err != nil {
		return nil, fmt.Errorf("variable %s: %w", name, err)
	}
	return &variable{
		name:       name,
		shape:      shape,
		handle:     handle,
		value:      op.ReadVariableOp(s.SubScope("Read"), handle, tf.Float),
		initialize: op.AssignVariableOp(s.SubScope("Initialize"), handle, op.Const(s.SubScope("Initial"), t)),
	}, nil
}

// random returns n normal random numbers of variance 2/inputs, which preserves the
// scale of the activations in a layer with a ReLU (He, Zhang, Ren and Sun, "Delving
// deep into rectifiers", 2015).
func random(r *rand.Rand, n, inputs int64) []float32 {
	deviation := math.Sqrt(2 / float64(inputs))
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64() * deviation)
	}
	return out
}
