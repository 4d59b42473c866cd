package layers

import (
	"fmt"
	"math"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Dropout sets a random share of its inputs to zero in training and scales the others
// by 1/(1-rate), which preserves the expectation (Srivastava et al., 2014). In
// inference it has no effect.
type Dropout struct {
	stateless
	Rate float64 `json:"rate"` // 0 to 1, 1 excluded
}

// Kind returns Keras's name.
func (Dropout) Kind() string { return "Dropout" }

// OutputShape returns the input's shape.
func (d Dropout) OutputShape(inputs ...[]int) ([]int, error) {
	if !(d.Rate >= 0 && d.Rate < 1) {
		return nil, fmt.Errorf("layers: Dropout: rate %g: want 0 to 1, 1 excluded", d.Rate)
	}
	return single("Dropout", inputs)
}

// Build adds the mask, which depends only on seed, layer, step and the example's
// position in the batch, so that a step can be repeated.
func (d Dropout) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	x := inputs[0]
	if !b.Training() || d.Rate == 0 || b.Failed() {
		return x
	}
	s := b.Scope("mask")
	stays := op.Cast(s, d.stays(b, x), x.DataType())
	factor := op.Cast(s.SubScope("factor"), op.Const(s.SubScope("factor"), float32(1/(1-d.Rate))), x.DataType())
	scaled := op.Mul(s.SubScope("scaled"), stays, factor)
	return op.Mul(b.Scope("dropped"), x, scaled)
}

// stays draws which elements of x are kept, as bool in the shape of x. An element is
// kept if its random bits, read as a number, are at least rate * 2^bits.
//
// Most of the cost of dropout is the random bits. One byte per element is drawn if that
// represents the rate exactly, as it does for the rates of the lab.
func (d Dropout) stays(b *graphs.Builder, x tf.Output) tf.Output {
	n, err := elements(x)
	if err != nil {
		b.Fail(err)
		return x
	}
	s := b.Scope("random")
	shape := op.Shape(s, x)
	if threshold := d.Rate * 256; n%4 == 0 && threshold == math.Trunc(threshold) {
		bytes := op.Bitcast(s, b.RandomWords(x, n/4), tf.Uint8) // [examples, n/4, 4]
		return op.GreaterEqual(s, op.Reshape(s, bytes, shape), op.Const(s.SubScope("threshold"), uint8(threshold)))
	}
	threshold := uint32(min(math.Round(d.Rate*(1<<32)), math.MaxUint32))
	return op.GreaterEqual(s, op.Reshape(s, b.RandomWords(x, n), shape), op.Const(s.SubScope("threshold"), threshold))
}

// elements returns the number of elements in one example.
func elements(x tf.Output) (int64, error) {
	dims, err := x.Shape().ToSlice()
	if err != nil || len(dims) == 0 {
		return 0, fmt.Errorf("layers: Dropout: input of shape %v: want [batch, ...]", x.Shape())
	}
	n := int64(1)
	for _, d := range dims[1:] {
		if d < 0 {
			return 0, fmt.Errorf("layers: Dropout: input of shape %v: want a shape known except for the batch", x.Shape())
		}
		n *= d
	}
	return n, nil
}
