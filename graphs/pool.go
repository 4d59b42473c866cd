package graphs

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// maxPoolGradient returns the gradient at x, given that at y, the maxima of x by p.
//
// On a GPU XLA's gradient, SelectAndScatter, adds in an order that changes from run to
// run, and is refused if runs must be reproducible. In that case, pools without
// overlapping windows have a gradient from elementwise operations.
func (b *Builder) maxPoolGradient(s *op.Scope, x, y, upstream tf.Output, p Pool) tf.Output {
	if b.pass.Deterministic && p.Window == p.Strides && !p.Same {
		return windowGradient(s, x, y, upstream, p.Window)
	}
	window, strides, padding := p.attributes()
	return op.MaxPoolGrad(s, x, y, upstream, window, strides, padding)
}

// windowGradient passes each window's upstream gradient to the first element, in
// row-major order, that equals the window's maximum, and 0 to all others, like
// TensorFlow's kernels.
func windowGradient(s *op.Scope, x, y, upstream tf.Output, window [2]int) tf.Output {
	dims, err := x.Shape().ToSlice()
	if err != nil {
		s.UpdateErr("MaxPoolGradient", err)
		return x
	}
	kh, kw, channels := int32(window[0]), int32(window[1]), int32(dims[3])
	rows, columns := int32(dims[1])/kh, int32(dims[2])/kw
	reshape := func(name string, x tf.Output, shape ...int32) tf.Output {
		return op.Reshape(s.SubScope(name), x, op.Const(s.SubScope(name+"_shape"), shape))
	}
	x = op.Slice(s.SubScope("filled"), x, op.Const(s.SubScope("begin"), []int32{0, 0, 0, 0}),
		op.Const(s.SubScope("size"), []int32{-1, rows * kh, columns * kw, channels}))
	x = reshape("windows", x, -1, rows, kh, columns, kw, channels)
	y = reshape("largest", y, -1, rows, 1, columns, 1, channels)
	upstream = reshape("upstream", upstream, -1, rows, 1, columns, 1, channels)

	places := make([]float32, kh*kw) // float32: on a GPU int32 values are in host memory
	for i := range places {
		places[i] = float32(i)
	}
	place := reshape("places", op.Const(s.SubScope("place"), places), 1, 1, kh, 1, kw, 1)
	nowhere := op.Const(s.SubScope("nowhere"), float32(kh*kw))
	candidates := selectV2(s.SubScope("candidates"), op.Equal(s.SubScope("equal"), x, y), place, nowhere)
	first := op.Min(s.SubScope("first"), candidates, op.Const(s.SubScope("axes"), []int32{2, 4}), op.MinKeepDims(true))
	kept := op.Equal(s.SubScope("kept"), candidates, first)
	zero := op.Cast(s.SubScope("zero"), op.Const(s.SubScope("none"), float32(0)), upstream.DataType())
	g := reshape("image", selectV2(s.SubScope("given"), kept, upstream, zero), -1, rows*kh, columns*kw, channels)
	return op.Pad(s.SubScope("edge"), g, op.Const(s.SubScope("rest"), [][]int32{
		{0, 0}, {0, int32(dims[1]) - rows*kh}, {0, int32(dims[2]) - columns*kw}, {0, 0}}))
}
