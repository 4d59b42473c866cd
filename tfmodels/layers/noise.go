package layers

import (
	"fmt"
	"math"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// uniform draws n random numbers from 0 up to but not including 1 for each example of
// x, float32 [examples, n]. They are multiples of 2^-23, so none rounds to 1. They have
// no gradient with respect to x, which determines only the number of examples.
func uniform(b *graphs.Builder, s *op.Scope, x tf.Output, n int64) tf.Output {
	bits := op.RightShift(s, b.RandomWords(x, n), op.Const(s.SubScope("unused"), uint32(9)))
	return op.StopGradient(s, op.Mul(s.SubScope("unit"), op.Cast(s, bits, tf.Float), op.Const(s.SubScope("unit"), float32(1.0/(1<<23)))))
}

// SpatialDropout2D sets a random share of the channels of an image to zero in
// training and scales the others by 1/(1-rate) (Tompson et al., 2014).
type SpatialDropout2D struct {
	stateless
	Rate float64 `json:"rate"` // 0 to 1, 1 excluded
}

// Kind returns Keras's name.
func (SpatialDropout2D) Kind() string { return "SpatialDropout2D" }

// OutputShape returns the input's shape.
func (d SpatialDropout2D) OutputShape(inputs ...[]int) ([]int, error) {
	h, w, c, err := image("SpatialDropout2D", inputs)
	if err == nil && !(d.Rate >= 0 && d.Rate < 1) {
		err = fmt.Errorf("layers: SpatialDropout2D: rate %g: want 0 to 1, 1 excluded", d.Rate)
	}
	return []int{h, w, c}, err
}

// Build adds the mask, which depends only on seed, layer, step and example.
func (d SpatialDropout2D) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	x := inputs[0]
	if !b.Training() || d.Rate == 0 || b.Failed() {
		return x
	}
	dims, err := x.Shape().ToSlice()
	if err != nil || len(dims) != 4 {
		b.Fail(fmt.Errorf("layers: SpatialDropout2D: input of shape %v: want [batch, height, width, channels]", x.Shape()))
		return x
	}
	s := b.Scope("mask")
	stays := op.GreaterEqual(s, uniform(b, s, x, dims[3]), op.Const(s.SubScope("rate"), float32(d.Rate)))
	mask := op.Reshape(s, op.Cast(s.SubScope("number"), stays, x.DataType()), op.Const(s.SubScope("shape"), []int64{-1, 1, 1, dims[3]}))
	return op.Mul(b.Scope("dropped"), x, op.Mul(s.SubScope("scaled"), mask, constant(s, "factor", 1/(1-d.Rate), x)))
}

// GaussianNoise adds normal random numbers of mean 0 in training.
type GaussianNoise struct {
	stateless
	Deviation float64 `json:"stddev"`
}

// Kind returns Keras's name.
func (GaussianNoise) Kind() string { return "GaussianNoise" }

// OutputShape returns the input's shape.
func (g GaussianNoise) OutputShape(inputs ...[]int) ([]int, error) {
	if !(g.Deviation >= 0) {
		return nil, fmt.Errorf("layers: GaussianNoise: standard deviation %g: want 0 or more", g.Deviation)
	}
	return single("GaussianNoise", inputs)
}

// Build adds the noise, which depends only on seed, layer, step and example, by the
// formula of Box and Muller (1958).
func (g GaussianNoise) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	x := inputs[0]
	if !b.Training() || g.Deviation == 0 || b.Failed() {
		return x
	}
	n, err := elements(x)
	if err != nil {
		b.Fail(err)
		return x
	}
	s := b.Scope("noise")
	both := uniform(b, s, x, 2*n)
	half := func(name string, from int64) tf.Output {
		part := s.SubScope(name)
		return op.Slice(part, both, op.Const(part.SubScope("begin"), []int32{0, int32(from)}), op.Const(part.SubScope("size"), []int32{-1, int32(n)}))
	}
	f := func(name string, v float64) tf.Output { return op.Const(s.SubScope(name), float32(v)) }
	// 1-u is above 0, so its logarithm is finite.
	radius := op.Sqrt(s, op.Mul(s.SubScope("log"), op.Log(s, op.Sub(s, f("one", 1), half("first", 0))), f("factor", -2)))
	normal := op.Mul(s.SubScope("normal"), radius, op.Cos(s, op.Mul(s.SubScope("angle"), half("second", n), f("turn", 2*math.Pi))))
	noise := op.Mul(s.SubScope("scaled"), normal, f("deviation", g.Deviation))
	return op.AddV2(b.Scope("noisy"), x, op.Cast(s.SubScope("narrow"), op.Reshape(s, noise, op.Shape(s, x)), x.DataType()))
}

// RandomFlip mirrors a random half of the images in training: horizontally, vertically,
// or both independently.
type RandomFlip struct {
	stateless
	Horizontal bool `json:"horizontal"`
	Vertical   bool `json:"vertical"`
}

// Kind returns Keras's name.
func (RandomFlip) Kind() string { return "RandomFlip" }

// OutputShape returns the input's shape.
func (RandomFlip) OutputShape(inputs ...[]int) ([]int, error) {
	h, w, c, err := image("RandomFlip", inputs)
	return []int{h, w, c}, err
}

// Build adds the flips, which depend only on seed, layer, step and example.
func (f RandomFlip) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	x := inputs[0]
	if !b.Training() || b.Failed() {
		return x
	}
	s := b.Scope("flip")
	draws := uniform(b, s, x, 2)
	for i, axis := range []int32{2, 1} { // columns, then rows
		if axis == 2 && !f.Horizontal || axis == 1 && !f.Vertical {
			continue
		}
		t := b.Scope("flipped")
		draw := op.Slice(t, draws, op.Const(t.SubScope("begin"), []int32{0, int32(i)}), op.Const(t.SubScope("size"), []int32{-1, 1}))
		flips := op.Reshape(t, op.Less(t, draw, op.Const(t.SubScope("half"), float32(0.5))), op.Const(t.SubScope("shape"), []int32{-1}))
		x = op.Select(t, flips, op.ReverseV2(t, x, op.Const(t.SubScope("axis"), []int32{axis})), x)
	}
	return x
}
