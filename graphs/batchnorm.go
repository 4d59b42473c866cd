package graphs

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// BatchNorm normalizes each channel (the last axis) to mean 0 and variance 1 over
// the batch and all other axes, then scales and shifts it (Ioffe and Szegedy, 2015,
// "Batch Normalization"). In inference the moving averages of the mean and of the
// variance stand in for the batch's.
type BatchNorm struct {
	Gamma, Beta    string // weights of shape [channels]; "": scale by 1, shift by 0
	Mean, Variance string // state variables of shape [channels]
	Momentum       float64
	Epsilon        float64 // added to the variance
	Frozen         bool    // use the moving averages in training too, and leave them
}

// moments are those of one batch, or their moving averages: float32 [channels], or
// float64 where x is.
type moments struct{ mean, variance tf.Output }

// BatchNorm adds a normalization of x, of shape [batch, …, channels].
//
// The moving averages are updated as in Keras 3
// (keras/src/layers/normalization/batch_normalization.py):
//
//	moving = moving*momentum + batch*(1-momentum)
//
// with the batch's biased variance, that of division by the number of elements.
func (b *Builder) BatchNorm(x tf.Output, n BatchNorm) tf.Output {
	if b.Failed() {
		return x
	}
	dims, err := x.Shape().ToSlice()
	if err != nil || len(dims) < 2 {
		b.Fail(err)
		return x
	}
	channels := dims[len(dims)-1]
	image := x
	if len(dims) != 4 { // the kernel wants four axes
		s := b.Scope("image")
		image = op.Reshape(s, x, op.Const(s.SubScope("shape"), []int64{-1, 1, 1, channels}))
	}
	y := b.normalize(image, channels, n)
	if len(dims) == 4 || b.Failed() {
		return y
	}
	s := b.Scope("shape")
	return op.Reshape(s, y, op.Shape(s, x))
}

// normalize is BatchNorm for x of shape [batch, height, width, channels].
func (b *Builder) normalize(x tf.Output, channels int64, n BatchNorm) tf.Output {
	number := tf.Float // of gamma, beta and moments
	if x.DataType() == tf.Double {
		number = tf.Double
	}
	vector := func(weight, name string, otherwise float32) tf.Output {
		if weight != "" {
			return b.Float32(weight)
		}
		s := b.Scope(name)
		return cast(s, op.Fill(s, op.Const(s.SubScope("shape"), []int64{channels}), op.Const(s.SubScope("value"), otherwise)), number)
	}
	gamma, beta := vector(n.Gamma, "gamma", 1), vector(n.Beta, "beta", 0)
	moving := moments{b.Float32(n.Mean), b.Float32(n.Variance)}
	if b.Failed() {
		return x
	}
	var y tf.Output
	var batch moments
	switch training := b.Training() && !n.Frozen; {
	case number == tf.Double || training && b.tower != nil:
		batch = moving
		wide := cast(b.Scope("wide"), x, number)
		if training {
			batch = b.moments(wide)
		}
		y = cast(b.Scope("narrow"), b.scaled(wide, batch, gamma, beta, n.Epsilon), x.DataType())
	default:
		y, batch = b.fusedNorm(x, gamma, beta, moving, n.Epsilon, training)
	}
	if b.Training() && !n.Frozen {
		b.average(n.Mean, batch.mean, n.Momentum)
		b.average(n.Variance, batch.variance, n.Momentum)
	}
	return y
}

// fusedNorm is TensorFlow's kernel for one pass over the whole batch.
func (b *Builder) fusedNorm(x, gamma, beta tf.Output, moving moments, epsilon float64, training bool) (tf.Output, moments) {
	s := b.Scope("fused")
	if training {
		none := op.Const(s.SubScope("none"), []float32{})
		moving = moments{none, none}
	}
	y, mean, variance, _, _, _ := op.FusedBatchNormV3(s, x, gamma, beta, moving.mean, moving.variance,
		op.FusedBatchNormV3Epsilon(float32(epsilon)), op.FusedBatchNormV3IsTraining(training))
	if training {
		variance = b.biased(x, variance)
	}
	return y, moments{mean, variance}
}

// biased undoes the kernel's division by the number of elements less 1, which Keras
// 3 does not do.
func (b *Builder) biased(x, variance tf.Output) tf.Output {
	s := b.Scope("biased")
	count := op.Div(s, cast(s.SubScope("all"), op.Size(s, x), tf.Float), cast(s.SubScope("channels"), op.Size(s.SubScope("channels"), variance), tf.Float))
	less := op.Sub(s, count, op.Const(s.SubScope("one"), float32(1)))
	return op.Mul(s.SubScope("variance"), variance, op.Div(s.SubScope("factor"), less, count))
}

// moments are those of the whole batch, of which the pass may see a part.
func (b *Builder) moments(x tf.Output) moments {
	s := b.Scope("moments")
	pixels := op.Prod(s, op.StridedSlice(s.SubScope("extent"), op.Shape(s, x), op.Const(s.SubScope("from"), []int32{1}),
		op.Const(s.SubScope("to"), []int32{3}), op.Const(s.SubScope("step"), []int32{1})), op.Const(s.SubScope("axis"), []int32{0}))
	count := op.Mul(s.SubScope("count"), b.BatchSize(x, x.DataType()), cast(s, pixels, x.DataType()))
	mean := op.Div(s.SubScope("mean"), b.SumBatch(x, 1, 2), count) // [1 1 1 channels]
	squares := b.SumBatch(op.SquaredDifference(s, x, mean), 1, 2)
	flat := func(name string, v tf.Output) tf.Output {
		return op.Reshape(s.SubScope(name), v, op.Const(s.SubScope("vector"), []int32{-1}))
	}
	return moments{flat("flat_mean", mean), flat("flat_variance", op.Div(s.SubScope("variance"), squares, count))}
}

// scaled is gamma*(x-mean)/sqrt(variance+epsilon) + beta.
func (b *Builder) scaled(x tf.Output, m moments, gamma, beta tf.Output, epsilon float64) tf.Output {
	s := b.Scope("scaled")
	least := cast(s.SubScope("least"), op.Const(s.SubScope("epsilon"), epsilon), x.DataType())
	factor := op.Mul(s.SubScope("factor"), gamma, op.Rsqrt(s, op.AddV2(s.SubScope("positive"), m.variance, least)))
	return op.AddV2(s, op.Mul(s, op.Sub(s, x, m.mean), factor), beta)
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
