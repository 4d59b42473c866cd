package graphs

import (
	"errors"
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Convolution describes how a kernel moves over an image. The zero value moves by one
// pixel, without padding.
type Convolution struct {
	Strides   [2]int // of rows and columns; 0 means 1
	Dilations [2]int // distance of the kernel's elements, in rows and columns; 0 means 1
	Same      bool   // pad with zeros, so that the output has ceil(size/stride) rows and columns
}

func (c Convolution) padding() string {
	if c.Same {
		return "SAME"
	}
	return "VALID"
}

func (c Convolution) strides() []int64 {
	return []int64{1, int64(max(1, c.Strides[0])), int64(max(1, c.Strides[1])), 1}
}

func (c Convolution) dilated() bool { return c.Dilations[0] > 1 || c.Dilations[1] > 1 }

// Conv2D returns the cross-correlation of x, [batch, height, width, channels], and a
// kernel, [rows, columns, channels, filters].
//
// The gradient of a dilated convolution is wrong in TensorFlow's C API. A training
// graph therefore has a plain convolution of the image's phases: SpaceToBatchND brings
// pixels at the distance of a dilation next to each other, as tf.nn.with_space_to_batch
// does (tensorflow/python/ops/nn_ops.py).
func (b *Builder) Conv2D(x, kernel tf.Output, c Convolution) tf.Output {
	s := b.Scope("convolution")
	if !c.dilated() || !b.Training() {
		return op.Conv2D(s, x, kernel, c.strides(), c.padding(), op.Conv2DDilations(c.dilations()))
	}
	return b.inPhases(s, x, kernel, c, func(phases tf.Output) tf.Output {
		return op.Conv2D(s, phases, kernel, Convolution{}.strides(), "VALID")
	})
}

// DepthwiseConv2D convolves each channel of x, [batch, height, width, channels], with
// its own filters in a kernel, [rows, columns, channels, multiplier]. The strides of
// rows and columns must be equal.
func (b *Builder) DepthwiseConv2D(x, kernel tf.Output, c Convolution) tf.Output {
	s := b.Scope("depthwise")
	if !c.dilated() || !b.Training() {
		return op.DepthwiseConv2dNative(s, x, kernel, c.strides(), c.padding(), op.DepthwiseConv2dNativeDilations(c.dilations()))
	}
	return b.inPhases(s, x, kernel, c, func(phases tf.Output) tf.Output {
		return op.DepthwiseConv2dNative(s, phases, kernel, Convolution{}.strides(), "VALID")
	})
}

func (c Convolution) dilations() []int64 {
	return []int64{1, int64(max(1, c.Dilations[0])), int64(max(1, c.Dilations[1])), 1}
}

// inPhases convolves the phases of a dilated convolution.
func (b *Builder) inPhases(s *op.Scope, x, kernel tf.Output, c Convolution, convolve func(phases tf.Output) tf.Output) tf.Output {
	if b.Failed() {
		return x
	}
	if max(c.Strides[0], c.Strides[1]) > 1 {
		b.Fail(errors.New("a convolution with strides and dilations: want one of them above 1"))
		return x
	}
	image, err := x.Shape().ToSlice()
	extent, failed := kernel.Shape().ToSlice()
	if err = errors.Join(err, failed); err != nil || len(image) != 4 || len(extent) != 4 {
		b.Fail(fmt.Errorf("convolution of %v with a kernel of %v: want four known axes", x.Shape(), kernel.Shape()))
		return x
	}
	var blocks []int32
	var paddings, crops [][]int32
	for i, dilation := range c.dilations()[1:3] {
		size, before := int32(image[1+i]), int32(0)
		covered, after := int32(dilation)*int32(extent[i]-1)+1, int32(0) // pixels that the kernel spans
		if c.Same {
			before, after = (covered-1)/2, covered-1-(covered-1)/2
		}
		fill := (int32(dilation) - (size+before+after)%int32(dilation)) % int32(dilation)
		blocks = append(blocks, int32(dilation))
		paddings, crops = append(paddings, []int32{before, after + fill}), append(crops, []int32{0, fill})
	}
	block := op.Const(s.SubScope("block"), blocks)
	phases := op.SpaceToBatchND(s, x, block, op.Const(s.SubScope("paddings"), paddings))
	return op.BatchToSpaceND(s, convolve(phases), block, op.Const(s.SubScope("crops"), crops))
}

// LogSoftmax returns the logarithm of the softmax over the last axis. It computes on
// two axes, because TensorFlow's gradient is correct only for two.
func (b *Builder) LogSoftmax(x tf.Output) tf.Output {
	s := b.Scope("log_softmax")
	if b.Failed() {
		return x
	}
	dims, err := x.Shape().ToSlice()
	if err != nil || len(dims) == 0 {
		b.Fail(fmt.Errorf("log softmax of shape %v: want a known last axis", x.Shape()))
		return x
	}
	if len(dims) == 2 {
		return op.LogSoftmax(s, x)
	}
	rows := op.Reshape(s.SubScope("rows"), x, op.Const(s.SubScope("two"), []int64{-1, dims[len(dims)-1]}))
	return op.Reshape(s.SubScope("back"), op.LogSoftmax(s, rows), op.Shape(s, x))
}
