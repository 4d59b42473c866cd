package layers

import (
	"fmt"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// RandomTranslation moves each image by a random distance in training. It has no
// gradient, so it must precede all layers with weights.
type RandomTranslation struct {
	stateless
	Height  [2]float64 `json:"height_factor"` // minimum and maximum as a share of the height; positive is down
	Width   [2]float64 `json:"width_factor"`  // as a share of the width; positive is right
	Fill    string     `json:"fill_mode"`     // "constant", "nearest", "reflect" or "wrap"
	Value   float64    `json:"fill_value"`    // for "constant"
	Nearest bool       `json:"nearest"`       // Keras's interpolation="nearest"; else "bilinear"
}

// Kind returns Keras's name.
func (RandomTranslation) Kind() string { return "RandomTranslation" }

// OutputShape returns the input's shape.
func (r RandomTranslation) OutputShape(inputs ...[]int) ([]int, error) {
	h, w, c, err := image("RandomTranslation", inputs)
	if err == nil && !(r.Height[0] <= r.Height[1] && r.Width[0] <= r.Width[1]) {
		err = fmt.Errorf("layers: RandomTranslation: factors from %g to %g and from %g to %g: want the smaller one first", r.Height[0], r.Height[1], r.Width[0], r.Width[1])
	}
	return []int{h, w, c}, err
}

// Build adds the translation, which depends only on seed, layer, step and example.
func (r RandomTranslation) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	x := inputs[0]
	if !b.Training() || b.Failed() {
		return x
	}
	dims, err := x.Shape().ToSlice()
	if err != nil || len(dims) != 4 {
		b.Fail(fmt.Errorf("layers: RandomTranslation: input of shape %v: want [batch, height, width, channels]", x.Shape()))
		return x
	}
	s := b.Scope("moved")
	draws := uniform(b, s, x, 2) // [examples, 2]
	// The value of an output pixel is that of the position from which the pixel was
	// moved.
	across, down := [2]float64{-r.Width[0], -r.Width[1]}, [2]float64{-r.Height[0], -r.Height[1]}
	row := func(name string, by [2]float64, pixels int64, at int) tf.Output {
		scale, offset := make([]float32, 2), float32(by[0]*float64(pixels))
		scale[at] = float32((by[1] - by[0]) * float64(pixels))
		t := s.SubScope(name)
		shift := op.MatMul(t, draws, op.Reshape(t, op.Const(t.SubScope("scale"), scale), op.Const(t.SubScope("column"), []int32{2, 1})))
		return op.AddV2(t, shift, op.Const(t.SubScope("offset"), offset)) // [examples, 1]
	}
	dx, dy := row("columns", across, dims[2], 0), row("rows", down, dims[1], 1)
	zero := op.ZerosLike(s.SubScope("zero"), dx)
	one := op.OnesLike(s.SubScope("one"), dx)
	matrix := op.ConcatV2(s, []tf.Output{one, zero, dx, zero, one, dy, zero, zero}, op.Const(s.SubScope("axis"), int32(1)))
	interpolation := "BILINEAR"
	if r.Nearest {
		interpolation = "NEAREST"
	}
	moved := op.ImageProjectiveTransformV3(s, op.Cast(s.SubScope("wide"), x, tf.Float), matrix, op.Const(s.SubScope("size"), []int32{int32(dims[1]), int32(dims[2])}),
		op.Const(s.SubScope("fill"), float32(r.Value)), interpolation, op.ImageProjectiveTransformV3FillMode(strings.ToUpper(r.Fill)))
	return op.Cast(s.SubScope("narrow"), moved, x.DataType())
}
