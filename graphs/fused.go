package graphs

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// AddBias adds a weight of shape [channels] to the last axis of x.
//
// TensorFlow joins a BiasAdd with the convolution or product before it: one pass
// over memory instead of two. Its gradient is another matter: oneDNN joins
// BiasAddGrad with the gradient of the filters in a kernel several times slower
// than the two. A training graph therefore has no BiasAddGrad: the bias's gradient
// is that of the sum, added up over all axes but the last.
func (b *Builder) AddBias(x tf.Output, weight string) tf.Output {
	s, bias := b.Scope("biased"), b.Weight(weight)
	y := op.BiasAdd(s, x, bias)
	return b.tape.link(s, &link{in: []tf.Output{x, bias}, back: func(s *op.Scope, upstream gradient) []gradient {
		return []gradient{upstream, {at: sumToChannels(s.SubScope("bias"), upstream.perChannel())}}
	}}, y)
}

// ReLU applies max(x, 0).
//
// TensorFlow's gradient of Relu reads its input, which therefore has to be kept
// beside its output, so that the activation cannot be joined with the convolution
// before it. The gradient in a training graph reads the output.
func (b *Builder) ReLU(x tf.Output) tf.Output {
	s := b.Scope("relu")
	y := op.Relu(s, x)
	return b.tape.link(s, &link{in: []tf.Output{x}, relu: true, back: func(s *op.Scope, upstream gradient) []gradient {
		return []gradient{{at: op.ReluGrad(s, upstream.at, y)}}
	}}, y)
}

// Pool is how a window moves over an image, in rows and columns.
type Pool struct {
	Window, Strides [2]int
	Same            bool // pad, so that the output has ceil(size/stride) rows and columns; else drop what fills no window
}

func (p Pool) attributes() (window, strides []int64, padding string) {
	around := func(s [2]int) []int64 { return []int64{1, int64(s[0]), int64(s[1]), 1} }
	return around(p.Window), around(p.Strides), Convolution{Same: p.Same}.padding()
}

// AveragePool is the mean of each window.
func (b *Builder) AveragePool(x tf.Output, p Pool) tf.Output {
	window, strides, padding := p.attributes()
	return op.AvgPool(b.Scope("pool"), x, window, strides, padding)
}

// MaxPool keeps the largest value of each window.
//
// After a ReLU the gradient passes the activation first, and then the pool: a
// window hands its gradient to the one value that it kept, so that it is enough to
// ask whether that value is positive. The activation's gradient and the sum for
// the bias then read a number for each window, instead of each number in it.
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

// Branch marks a tensor that several layers take: the gradients of the ways that
// begin there are added up before the way back goes on, once for all of them.
// Without it the gradients are the same, and some are computed several times.
func (b *Builder) Branch(x tf.Output) tf.Output {
	if b.tape.ending(x) != nil {
		return x
	}
	return b.tape.link(b.Scope("branch"), &link{in: []tf.Output{x}, back: func(_ *op.Scope, upstream gradient) []gradient {
		return []gradient{upstream}
	}}, x)
}

// sumToChannels is the gradient of a bias: that of the biased tensor, summed over
// all axes but the last.
func sumToChannels(s *op.Scope, gradient tf.Output) tf.Output {
	axes := make([]int32, gradient.Shape().NumDimensions()-1)
	for i := range axes {
		axes[i] = int32(i)
	}
	return op.Sum(s, gradient, op.Const(s.SubScope("axes"), axes))
}
