package graphs

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// AddBias adds a weight of shape [channels] to the last axis of x.
//
// TensorFlow fuses a BiasAdd with the preceding convolution or product, which saves a
// pass over memory. For the gradient this is a disadvantage: oneDNN fuses BiasAddGrad
// with the gradient of the filters in a kernel that is several times slower than the
// two. A training graph therefore has no BiasAddGrad: the gradient of the bias is
// computed as that of a sum, reduced over all axes but the last.
func (b *Builder) AddBias(x tf.Output, weight string) tf.Output {
	s, bias := b.Scope("biased"), b.Weight(weight)
	y := op.BiasAdd(s, x, bias)
	return b.tape.link(s, &link{in: []tf.Output{x, bias}, back: func(s *op.Scope, upstream gradient) []gradient {
		return []gradient{upstream, {at: sumToChannels(s.SubScope("bias"), upstream.perChannel())}}
	}}, y)
}

// ReLU returns max(x, 0).
//
// TensorFlow's gradient of Relu reads its input, which must then be kept in addition to
// the output, and prevents fusion of the activation with the preceding convolution. The
// gradient in a training graph reads the output.
func (b *Builder) ReLU(x tf.Output) tf.Output {
	s := b.Scope("relu")
	y := op.Relu(s, x)
	return b.tape.link(s, &link{in: []tf.Output{x}, relu: true, back: func(s *op.Scope, upstream gradient) []gradient {
		return []gradient{{at: op.ReluGrad(s, upstream.at, y)}}
	}}, y)
}

// Pool describes how a window moves over an image, in rows and columns.
type Pool struct {
	Window, Strides [2]int
	Same            bool // pad, so that the output has ceil(size/stride) rows and columns; else drop edges that do not fill a window
}

func (p Pool) attributes() (window, strides []int64, padding string) {
	around := func(s [2]int) []int64 { return []int64{1, int64(s[0]), int64(s[1]), 1} }
	return around(p.Window), around(p.Strides), Convolution{Same: p.Same}.padding()
}

// AveragePool returns the mean of each window.
func (b *Builder) AveragePool(x tf.Output, p Pool) tf.Output {
	window, strides, padding := p.attributes()
	return op.AvgPool(b.Scope("pool"), x, window, strides, padding)
}

// MaxPool returns the maximum of each window.
//
// After a ReLU, the gradient passes the activation before the pool: each window passes
// its gradient to its maximum, so it is enough to check whether the maximum is
// positive. The activation's gradient and the sum for the bias then read one number per
// window instead of all its elements.
func (b *Builder) MaxPool(x tf.Output, p Pool) tf.Output {
	s := b.Scope("pool")
	window, strides, padding := p.attributes()
	y := op.MaxPool(s, x, window, strides, padding)
	return b.tape.link(s, &link{
		in: []tf.Output{x},
		back: func(s *op.Scope, upstream gradient) []gradient {
			return []gradient{{at: b.maxPoolGradient(s, x, y, upstream.at, p)}}
		},
		activation: b.tape.activation(x),
		merged: func(s *op.Scope, upstream gradient) gradient {
			g := op.ReluGrad(s.SubScope("relu"), upstream.at, y)
			return gradient{at: b.maxPoolGradient(s.SubScope("pool"), x, y, g, p), sums: g}
		},
	}, y)
}

// Branch marks a tensor that is the input of several layers: their gradients are summed
// before back-propagation continues, once for all of them. Without it the gradients are
// the same, but some are computed several times.
func (b *Builder) Branch(x tf.Output) tf.Output {
	if b.tape.ending(x) != nil {
		return x
	}
	return b.tape.link(b.Scope("branch"), &link{in: []tf.Output{x}, back: func(_ *op.Scope, upstream gradient) []gradient {
		return []gradient{upstream}
	}}, x)
}

// sumToChannels returns the gradient of a bias: that of the biased tensor, summed over
// all axes but the last.
func sumToChannels(s *op.Scope, gradient tf.Output) tf.Output {
	axes := make([]int32, gradient.Shape().NumDimensions()-1)
	for i := range axes {
		axes[i] = int32(i)
	}
	return op.Sum(s, gradient, op.Const(s.SubScope("axes"), axes))
}
