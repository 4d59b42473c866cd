package graphs

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// BatchNorm normalizes each channel (the last axis) to mean 0 and variance 1 over the
// batch and all other axes, then scales and shifts it (Ioffe and Szegedy, 2015, "Batch
// Normalization"). In inference it uses the moving averages of the mean and variance
// instead of the batch's.
type BatchNorm struct {
	Gamma, Beta    string // weights of shape [channels]; "" means scale by 1, shift by 0
	Mean, Variance string // state variables of shape [channels]
	Momentum       float64
	Epsilon        float64 // added to the variance
	Frozen         bool    // use the moving averages in training, too, without updating them
}

// moments are the mean and variance of one batch, or their moving averages, of shape
// [channels].
type moments struct{ mean, variance tf.Output }

// BatchNorm adds a normalization of x, of shape [batch, …, channels]. It computes in
// float32 in every precision.
//
// The moving averages are updated as in Keras 3
// (keras/src/layers/normalization/batch_normalization.py):
//
//	moving = moving*momentum + batch*(1-momentum)
//
// with the biased variance of the batch, which divides by the number of elements.
//
// The operations are Keras's, in Keras's order, rather than TensorFlow's kernel
// FusedBatchNormV3: the kernel's mean differs by some units in the sixth digit, which
// changes the elements for which a following ReLU is active, so that a network with
// several such layers deviates from Keras's numbers within a few steps.
func (b *Builder) BatchNorm(x tf.Output, n BatchNorm) tf.Output {
	if b.Failed() {
		return x
	}
	dtype, number := x.DataType(), tf.Float
	if dtype == tf.Double {
		number = tf.Double
	}
	wide := cast(b.Scope("wide"), x, number)
	m := moments{b.Float32(n.Mean), b.Float32(n.Variance)}
	if training := b.Training() && !n.Frozen; training && !b.Failed() {
		m = b.moments(wide)
		b.average(n.Mean, m.mean, n.Momentum)
		b.average(n.Variance, m.variance, n.Momentum)
	}
	return cast(b.Scope("narrow"), b.normalized(wide, m, n), dtype)
}

// moments returns the moments of the whole batch, even if the pass sees only a part of
// it.
func (b *Builder) moments(x tf.Output) moments {
	dims, err := x.Shape().ToSlice()
	if err != nil || len(dims) < 2 {
		b.Fail(fmt.Errorf("batch normalization of shape %v: want [batch … channels]", x.Shape()))
		return moments{x, x}
	}
	var axes []int32 // between the batch and the channels
	for i := range len(dims) - 2 {
		axes = append(axes, int32(1+i))
	}
	s := b.Scope("moments")
	mean := b.MeanBatch(x, axes...) // [1 … 1 channels]
	variance := b.MeanBatch(op.SquaredDifference(s, x, op.StopGradient(s, mean)), axes...)
	vector := op.Const(s.SubScope("vector"), []int32{-1})
	return moments{op.Reshape(s.SubScope("mean"), mean, vector), op.Reshape(s.SubScope("variance"), variance, vector)}
}

// normalized returns gamma*(x-mean)/sqrt(variance+epsilon) + beta, computed as in
// tf.nn.batch_normalization (tensorflow/python/ops/nn_impl.py).
func (b *Builder) normalized(x tf.Output, m moments, n BatchNorm) tf.Output {
	s := b.Scope("normalized")
	if b.Failed() {
		return x
	}
	epsilon := cast(s.SubScope("epsilon"), op.Const(s.SubScope("epsilon"), n.Epsilon), x.DataType())
	factor := op.Rsqrt(s, op.AddV2(s.SubScope("positive"), m.variance, epsilon))
	if n.Gamma != "" {
		factor = op.Mul(s.SubScope("factor"), factor, b.Float32(n.Gamma))
	}
	shift := op.Mul(s.SubScope("mean"), m.mean, factor)
	if n.Beta == "" {
		shift = op.Neg(s, shift)
	} else {
		shift = op.Sub(s, b.Float32(n.Beta), shift)
	}
	return op.AddV2(s, op.Mul(s, x, factor), shift)
}

// average moves a moving average towards the batch's value.
func (b *Builder) average(name string, batch tf.Output, momentum float64) {
	s := b.Scope("average")
	constant := func(name string, v float64) tf.Output {
		return cast(s.SubScope(name), op.Const(s.SubScope(name), v), batch.DataType())
	}
	b.Update(name, func(value tf.Output) tf.Output {
		return op.AddV2(s, op.Mul(s.SubScope("old"), value, constant("momentum", momentum)),
			op.Mul(s.SubScope("new"), batch, constant("rest", 1-momentum)))
	})
}
