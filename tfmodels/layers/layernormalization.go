package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// LayerNormalization normalizes the channels (the last axis) of each pixel of each
// example to mean 0 and variance 1, then scales and shifts them (Ba et al., 2016).
type LayerNormalization struct {
	Epsilon  float64 `json:"epsilon"`  // added to the variance; 0 means Keras's 0.001
	NoScale  bool    `json:"no_scale"` // Keras's scale=False: no gamma
	NoCenter bool    `json:"no_center"`
}

// Kind returns Keras's name.
func (LayerNormalization) Kind() string { return "LayerNormalization" }

// OutputShape returns the input's shape.
func (LayerNormalization) OutputShape(inputs ...[]int) ([]int, error) {
	input, err := single("LayerNormalization", inputs)
	if err == nil && len(input) == 0 {
		err = fmt.Errorf("layers: LayerNormalization: input of shape %v: want [… channels]", input)
	}
	return input, err
}

// Weights returns gamma (ones) and beta (zeros).
func (n LayerNormalization) Weights(inputs ...[]int) []graphs.Weight {
	return scaleAndCenter(inputs[0], n.NoScale, n.NoCenter)
}

// MultiplyAdds returns one for each number of the input.
func (LayerNormalization) MultiplyAdds(inputs ...[]int) int { return size(inputs[0]) }

// Build adds (x-mean)/sqrt(variance+epsilon)*gamma + beta, in float32 or better.
func (n LayerNormalization) Build(b *graphs.Builder, name string, inputs ...tf.Output) tf.Output {
	s, x := b.Scope("normalized"), inputs[0]
	if b.Failed() {
		return x
	}
	narrow := x.DataType()
	if narrow != tf.Double {
		x = op.Cast(s.SubScope("wide"), x, tf.Float)
	}
	epsilon := n.Epsilon
	if epsilon == 0 {
		epsilon = 0.001
	}
	last := op.Const(s.SubScope("axis"), []int32{-1})
	mean := op.Mean(s.SubScope("mean"), x, last, op.MeanKeepDims(true))
	centered := op.Sub(s.SubScope("centered"), x, mean)
	variance := op.Mean(s.SubScope("variance"), op.Square(s, centered), last, op.MeanKeepDims(true))
	y := op.Mul(s, centered, op.Rsqrt(s, op.AddV2(s, variance, constant(s, "epsilon", epsilon, x))))
	if !n.NoScale {
		y = op.Mul(s.SubScope("scaled"), y, b.Float32(name+"/gamma"))
	}
	if !n.NoCenter {
		y = op.AddV2(s.SubScope("shifted"), y, b.Float32(name+"/beta"))
	}
	if b.Failed() {
		return x
	}
	return op.Cast(s.SubScope("narrow"), y, narrow)
}
