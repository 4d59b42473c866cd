package layers

import (
	"fmt"
	"math"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Dropout sets a random share of its inputs to zero in training and scales the
// others by 1/(1-rate), so that their expectation stays (Srivastava et al.,
// 2014). In inference it does nothing.
type Dropout struct {
	stateless
	Rate float64 // 0 to 1, 1 excluded
}

// Kind is Keras's name.
func (Dropout) Kind() string { return "Dropout" }

// OutputShape is the input's.
func (d Dropout) OutputShape(input []int) ([]int, error) {
	if !(d.Rate >= 0 && d.Rate < 1) {
		return nil, fmt.Errorf("layers: Dropout: rate %g: want 0 to 1, 1 excluded", d.Rate)
	}
	return input, nil
}

// Build adds the mask: a pure function of (seed, layer, step), so that a step
// can be repeated.
func (d Dropout) Build(b *graphs.Builder, _ string, x tf.Output) tf.Output {
	if !b.Training() || d.Rate == 0 {
		return x
	}
	s := b.Scope("mask")
	key, counter := op.StatelessRandomGetKeyCounter(s, b.RandomKey())
	bits := op.StatelessRandomUniformFullIntV2(s, op.Shape(s, x), key, counter,
		op.StatelessRandomGetAlg(s), op.StatelessRandomUniformFullIntV2Dtype(tf.Uint32))
	// An element stays where 32 random bits reach rate * 2^32.
	threshold := uint32(math.Round(d.Rate * (1 << 32)))
	stays := op.Cast(s, op.GreaterEqual(s, bits, op.Const(s, threshold)), tf.Float)
	scaled := op.Mul(s.SubScope("scale"), stays, op.Const(s.SubScope("factor"), float32(1/(1-d.Rate))))
	return op.Mul(b.Scope("dropped"), x, scaled)
}
