package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// UpSampling2D repeats the rows and columns of an image, or interpolates between
// them.
type UpSampling2D struct {
	stateless
	Size     Size `json:"size"`
	Bilinear bool `json:"bilinear"` // Keras's interpolation="bilinear"; else "nearest"
}

// Kind returns Keras's name.
func (UpSampling2D) Kind() string { return "UpSampling2D" }

// OutputShape returns [height*size, width*size, channels].
func (u UpSampling2D) OutputShape(inputs ...[]int) ([]int, error) {
	h, w, c, err := image("UpSampling2D", inputs)
	if err == nil && min(u.Size[0], u.Size[1]) < 1 {
		err = fmt.Errorf("layers: UpSampling2D: size %v: want 1 or more", u.Size)
	}
	return []int{h * u.Size[0], w * u.Size[1], c}, err
}

// Build adds the resizing.
func (u UpSampling2D) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	s, x := b.Scope("larger"), inputs[0]
	if b.Failed() {
		return x
	}
	dims, err := x.Shape().ToSlice()
	if err != nil || len(dims) != 4 {
		b.Fail(fmt.Errorf("layers: UpSampling2D: input of shape %v: want [batch, height, width, channels]", x.Shape()))
		return x
	}
	extent := op.Const(s.SubScope("size"), []int32{int32(dims[1]) * int32(u.Size[0]), int32(dims[2]) * int32(u.Size[1])})
	if !u.Bilinear {
		return op.ResizeNearestNeighbor(s, x, extent)
	}
	return op.Cast(s.SubScope("narrow"), op.ResizeBilinear(s, x, extent, op.ResizeBilinearHalfPixelCenters(true)), x.DataType())
}

// Rescaling is x*Scale + Offset.
type Rescaling struct {
	stateless
	Scale  float64 `json:"scale"`
	Offset float64 `json:"offset"`
}

// Kind returns Keras's name.
func (Rescaling) Kind() string { return "Rescaling" }

// OutputShape returns the input's shape.
func (Rescaling) OutputShape(inputs ...[]int) ([]int, error) { return single("Rescaling", inputs) }

// Build adds the product and the sum.
func (r Rescaling) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	s, x := b.Scope("rescaled"), inputs[0]
	if b.Failed() {
		return x
	}
	return op.AddV2(s, op.Mul(s, x, constant(s, "scale", r.Scale, x)), constant(s, "offset", r.Offset, x))
}

// GlobalMaxPool2D returns the maximum of each channel over the whole image: Keras's
// GlobalMaxPooling2D.
type GlobalMaxPool2D struct {
	stateless
	KeepDims bool `json:"keepdims"` // the output is an image of one pixel
}

// Kind returns Keras's name.
func (GlobalMaxPool2D) Kind() string { return "GlobalMaxPooling2D" }

// OutputShape returns [channels], or [1 1 channels].
func (g GlobalMaxPool2D) OutputShape(inputs ...[]int) ([]int, error) {
	_, _, c, err := image("GlobalMaxPooling2D", inputs)
	if g.KeepDims {
		return []int{1, 1, c}, err
	}
	return []int{c}, err
}

// Build adds the maximum.
func (g GlobalMaxPool2D) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	s := b.Scope("max")
	return op.Max(s, inputs[0], op.Const(s.SubScope("axes"), []int32{1, 2}), op.MaxKeepDims(g.KeepDims))
}
