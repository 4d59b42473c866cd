package lowlevel

import (
	"fmt"
	"math"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

var normalizations = [][]int64{{3, 3}, {4, 7}, {5, 3, 2}, {1, 2, 3}, {1, 4, 4, 1}, {3, 5, 4, 2}}

func normalize(s *op.Scope, in []tf.Output) ([]tf.Output, error) { return one(Normalize(s, in[0])) }

func normalizeBackprop(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
	return one(NormalizeBackprop(s, in[0], in[1]))
}

// fusedNormalize is TensorFlow's batch normalization of a batch of one, in which all
// maps of all examples are channels. It supports only float32.
func fusedNormalize(shape []int64) build {
	b := batched(shape)
	n, h, w, c := b[0], b[1], b[2], b[3]
	return fused(func(s *op.Scope, in []tf.Output) []tf.Output {
		x := cast(s, in[0], tf.Float)
		x = transpose(s, reshape(s, x, n, h, w, c), 1, 2, 0, 3)
		ones, zeros := filled(s, 1, n*c), filled(s, 0, n*c)
		none := op.Const(s.SubScope("none"), []float32{})
		y, _, _, _, _, _ := op.FusedBatchNormV3(s, reshape(s, x, 1, h, w, n*c), ones, zeros, none, none,
			op.FusedBatchNormV3Epsilon(0))
		y = transpose(s, reshape(s, y, h, w, n, c), 2, 0, 1, 3)
		return []tf.Output{cast(s, reshape(s, y, shape...), in[0].DataType())}
	})
}

func cast(s *op.Scope, x tf.Output, dtype tf.DataType) tf.Output {
	return op.Cast(s.SubScope("Cast"), x, dtype)
}

func filled(s *op.Scope, value float32, n int64) tf.Output {
	return op.Fill(s.SubScope("Fill"), op.Const(s.SubScope("n"), []int64{n}), op.Const(s.SubScope("value"), value))
}

// momentsNormalize computes the same from TensorFlow's means and reciprocal square
// root, as nn.moments and nn.batch_normalization do, for float64. A constant map needs
// an epsilon.
func momentsNormalize(shape []int64, epsilon float64) build {
	return fused(func(s *op.Scope, in []tf.Output) []tf.Output {
		x := reshape(s, in[0], batched(shape)...)
		mean := meanOver(s, x, 1, 2)
		variance := meanOver(s, op.SquaredDifference(s.SubScope("Variance"), x, mean), 1, 2)
		e := cast(s, op.Const(s.SubScope("epsilon"), epsilon), variance.DataType())
		y := mul(s, sub(s, x, mean), op.Rsqrt(s.SubScope("Rsqrt"), op.Add(s.SubScope("Add"), variance, e)))
		return []tf.Output{reshape(s, y, shape...)}
	})
}

func naiveNormalize(x array) array {
	b, out := batched(x.shape), array{x.shape, make([]float64, len(x.data))}
	size := b[1] * b[2]
	for n := range b[0] {
		for c := range b[3] {
			at := func(i int64) int64 { return (n*size+i)*b[3] + c }
			var mean, variance float64
			for i := range size {
				mean += x.data[at(i)] / float64(size)
			}
			for i := range size {
				variance += (x.data[at(i)] - mean) * (x.data[at(i)] - mean) / float64(size)
			}
			for i := range size {
				out.data[at(i)] = (x.data[at(i)] - mean) / math.Sqrt(variance)
			}
		}
	}
	return out
}

func TestNormalize(t *testing.T) {
	for _, shape := range normalizations {
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			x := normal(shape...)
			single, double := compute(t, tf.Float, normalize, x)[0], compute(t, tf.Double, normalize, x)[0]
			wantClose(t, "float32 and fused", single, compute(t, tf.Float, fusedNormalize(shape), x)[0], 1e-5)
			wantClose(t, "float64 and moments", double, compute(t, tf.Double, momentsNormalize(shape, 0), x)[0], 1e-10)
			wantClose(t, "float32 and naive", single, naiveNormalize(x), 1e-5)
			wantClose(t, "float64 and naive", double, naiveNormalize(x), 1e-10)
		})
	}
}

// Maps for which a literal (x - mean) / deviation in float32 is inaccurate.
func TestNormalizeHardMaps(t *testing.T) {
	alternate := func(low, high float32) array { // mean in the middle, deviation half the difference
		a := array{[]int64{4, 4}, nil}
		for i := range 16 {
			a.data = append(a.data, []float64{float64(low), float64(high)}[i%2])
		}
		return a
	}
	signs := alternate(-1, 1)
	zeros := array{[]int64{4, 4}, make([]float64, 16)}
	for _, c := range []struct {
		name string
		x, y array
	}{
		{"zeros", zeros, zeros},
		{"constant 0.1, whose sum is rounded", alternate(0.1, 0.1), zeros},
		{"constant 1e30", alternate(1e30, 1e30), zeros},
		{"constant -1e-30", alternate(-1e-30, -1e-30), zeros},
		{"one unit in the last place apart", alternate(1000, math.Nextafter32(1000, 2000)), signs},
		{"large mean", alternate(1e6, 1e6+1), signs},
		{"squares underflow", alternate(1e-30, 2e-30), signs},
		{"squares overflow", alternate(-1e30, 1e30), signs},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantClose(t, "forward", compute(t, tf.Float, normalize, c.x)[0], c.y, 1e-6)
			g := compute(t, tf.Float, normalizeBackprop, c.x, normal(4, 4))[0]
			for i, v := range g.data {
				if math.IsNaN(v) || math.IsInf(v, 0) || (c.y.data[0] == 0 && v != 0) {
					t.Fatalf("gradient %d is %g, want it finite, and 0 for a constant map", i, v)
				}
			}
		})
	}
}

func TestNormalizeBackprop(t *testing.T) {
	for _, shape := range normalizations {
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			x, upstream := normal(shape...), normal(shape...)
			for i := range upstream.data { // different from the input
				upstream.data[i] = math.Cos(float64(i))
			}
			if shape[0]*shape[1] == 2 {
				// Two numbers normalize to -1 and 1 regardless of their values: the
				// gradient is 0, the result only rounding error, and relative errors
				// are meaningless.
				for _, v := range compute(t, tf.Double, normalizeBackprop, x, upstream)[0].data {
					if math.Abs(v) > 1e-12 {
						t.Fatalf("gradient is %g, want 0", v)
					}
				}
				return
			}
			wantGradients(t, 1, normalize, normalizeBackprop, gradientsOf(1, momentsNormalize(shape, 0)), x, upstream)
			got := compute(t, tf.Float, normalizeBackprop, x, upstream)[0]
			wantClose(t, "fused", got, compute(t, tf.Float, gradientsOf(1, fusedNormalize(shape)), x, upstream)[0], 1e-5)
		})
	}
}

func BenchmarkNormalize(b *testing.B) {
	shape := []int64{32, 24, 24, 16}
	compare(b, normalize, fusedNormalize(shape), normal(shape...))
}

func BenchmarkNormalizeBackprop(b *testing.B) {
	shape := []int64{32, 24, 24, 16}
	compare(b, normalizeBackprop, gradientsOf(1, fusedNormalize(shape)), normal(shape...), normal(shape...))
}
