package lowlevel

import (
	"fmt"
	"math"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

var logits = [][]int64{{1}, {7}, {1, 10}, {5, 3}, {2, 3, 4}}

func softmax(s *op.Scope, in []tf.Output) ([]tf.Output, error) { return one(Softmax(s, in[0])) }

func crossEntropy(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
	return one(CrossEntropy(s, in[0], in[1]))
}

func crossEntropyBackprop(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
	return one(CrossEntropyBackprop(s, in[0], in[1], in[2]))
}

// matrix returns a shape as [numbers, classes], which TensorFlow's softmax requires.
func matrix(shape []int64) []int64 {
	k := shape[len(shape)-1]
	return []int64{sizeOf(shape) / k, k}
}

func fusedSoftmax(shape []int64) build {
	return fused(func(s *op.Scope, in []tf.Output) []tf.Output {
		return []tf.Output{reshape(s, op.Softmax(s, reshape(s, in[0], matrix(shape)...)), shape...)}
	})
}

func fusedCrossEntropy(shape []int64) build {
	m := matrix(shape)
	return fused(func(s *op.Scope, in []tf.Output) []tf.Output {
		loss, _ := op.SoftmaxCrossEntropyWithLogits(s, reshape(s, in[0], m...), reshape(s, in[1], m...))
		return []tf.Output{reshape(s, loss, shape[:len(shape)-1]...)}
	})
}

func naiveSoftmax(x array) array {
	out, k := array{shape: x.shape}, int(x.shape[len(x.shape)-1])
	for row := 0; row < len(x.data); row += k {
		var sum float64
		for _, v := range x.data[row : row+k] {
			sum += math.Exp(v)
		}
		for _, v := range x.data[row : row+k] {
			out.data = append(out.data, math.Exp(v)/sum)
		}
	}
	return out
}

func naiveCrossEntropy(x, labels array) array {
	p, k := naiveSoftmax(x), int(x.shape[len(x.shape)-1])
	out := array{shape: x.shape[:len(x.shape)-1]}
	for row := 0; row < len(x.data); row += k {
		var loss float64
		for i := row; i < row+k; i++ {
			loss -= labels.data[i] * math.Log(p.data[i])
		}
		out.data = append(out.data, loss)
	}
	return out
}

// labels returns probabilities: a softmax of other numbers.
func labels(shape []int64) array { return naiveSoftmax(distinct(shape...)) }

func TestSoftmax(t *testing.T) {
	for _, shape := range logits {
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			x := normal(shape...)
			for _, p := range precisions {
				got := compute(t, p.dtype, softmax, x)[0]
				wantClose(t, p.name+" and fused", got, compute(t, p.dtype, fusedSoftmax(shape), x)[0], p.tolerance)
				wantClose(t, p.name+" and naive", got, naiveSoftmax(x), p.tolerance)
			}
		})
	}
}

func TestSoftmaxExtremes(t *testing.T) {
	for _, c := range []struct{ x, want []float64 }{
		{[]float64{1e38, -1e38}, []float64{1, 0}},
		{[]float64{-1e38, -1e38}, []float64{0.5, 0.5}},
		{[]float64{math.MaxFloat32, -math.MaxFloat32, math.MaxFloat32}, []float64{0.5, 0, 0.5}},
		{[]float64{1000, 1000, 1000, 1000}, []float64{0.25, 0.25, 0.25, 0.25}},
	} {
		shape := []int64{int64(len(c.x))}
		got := compute(t, tf.Float, softmax, array{shape, c.x})[0]
		wantClose(t, fmt.Sprint(c.x), got, array{shape, c.want}, 1e-6)
	}
}

func TestCrossEntropy(t *testing.T) {
	for _, shape := range logits {
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			x, y := normal(shape...), labels(shape)
			for _, p := range precisions {
				got := compute(t, p.dtype, crossEntropy, x, y)[0]
				wantClose(t, p.name+" and fused", got, compute(t, p.dtype, fusedCrossEntropy(shape), x, y)[0], p.tolerance)
				wantClose(t, p.name+" and naive", got, naiveCrossEntropy(x, y), p.tolerance)
			}
		})
	}
}

// A class of probability 0 with label 0 has loss 0, not 0 * infinity.
func TestCrossEntropyExtremes(t *testing.T) {
	x := array{[]int64{2, 2}, []float64{3e38, -3e38, -3e38, 3e38}}
	y := array{[]int64{2, 2}, []float64{1, 0, 0, 1}}
	wantClose(t, "loss", compute(t, tf.Float, crossEntropy, x, y)[0], array{[]int64{2}, []float64{0, 0}}, 0)
}

func TestCrossEntropyBackprop(t *testing.T) {
	for _, shape := range logits {
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			upstream := normal(shape[:len(shape)-1]...)
			if shape[len(shape)-1] == 1 {
				// The only class has probability 1, so the gradient is 0.
				got := compute(t, tf.Double, crossEntropyBackprop, normal(shape...), labels(shape), upstream)[0]
				wantClose(t, "gradient", got, array{shape, []float64{0}}, 0)
				return
			}
			y := labels(shape) // constant: there is no gradient with respect to the labels
			wantGradients(t, 1,
				func(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
					return one(CrossEntropy(s, in[0], constant(s, y, in[0])))
				},
				func(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
					return one(CrossEntropyBackprop(s, in[0], constant(s, y, in[0]), in[1]))
				},
				fusedCrossEntropyBackprop(y),
				normal(shape...), upstream)
		})
	}
}

// fusedCrossEntropyBackprop is TensorFlow's gradient of its fused operation in float32.
// TensorFlow's C++ gradient does not support float64; there the function multiplies the
// operation's second output, the gradient with respect to the logits, by the upstream.
func fusedCrossEntropyBackprop(y array) build {
	return fused(func(s *op.Scope, in []tf.Output) []tf.Output {
		x, labels := in[0], constant(s, y, in[0])
		if x.DataType() == tf.Float {
			loss, _ := fusedCrossEntropy(y.shape)(s, []tf.Output{x, labels})
			return op.Gradients(s, loss, []tf.Output{x}, in[1])
		}
		m := matrix(y.shape)
		_, dLogits := op.SoftmaxCrossEntropyWithLogits(s, reshape(s, x, m...), reshape(s, labels, m...))
		return []tf.Output{reshape(s, mul(s, dLogits, reshape(s, in[1], -1, 1)), y.shape...)}
	})
}

// constant adds an array to the graph as a constant of the type of another output.
func constant(s *op.Scope, a array, like tf.Output) tf.Output {
	return cast(s, reshape(s, op.Const(s.SubScope("Const"), a.data), a.shape...), like.DataType())
}

func BenchmarkSoftmax(b *testing.B) {
	compare(b, softmax, fusedSoftmax([]int64{128, 10}), normal(128, 10))
}

func BenchmarkCrossEntropyBackprop(b *testing.B) {
	shape := []int64{128, 10}
	y := labels(shape)
	compare(b, func(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
		return one(CrossEntropyBackprop(s, in[0], constant(s, y, in[0]), in[1]))
	}, fusedCrossEntropyBackprop(y), normal(shape...), normal(128))
}
