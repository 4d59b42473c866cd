package lowlevel

import (
	"fmt"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

func relu(s *op.Scope, in []tf.Output) ([]tf.Output, error) { return one(ReLU(s, in[0])) }

var fusedReLU = fused(func(s *op.Scope, in []tf.Output) []tf.Output {
	return []tf.Output{op.Relu(s.SubScope("Relu"), in[0])}
})

func reluBackprop(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
	return one(ReLUBackprop(s, in[0], in[1]))
}

func TestReLU(t *testing.T) {
	for _, shape := range [][]int64{{1}, {5, 3}, {4, 3, 2}, {2, 5, 3, 2}} {
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			x := normal(shape...)
			x.data[0] = 0
			naive := array{shape: shape}
			for _, v := range x.data {
				naive.data = append(naive.data, max(v, 0))
			}
			for _, p := range precisions {
				got := compute(t, p.dtype, relu, x)[0]
				wantClose(t, p.name+" and fused", got, compute(t, p.dtype, fusedReLU, x)[0], 0)
				wantClose(t, p.name+" and naive", got, naive, 0)
			}
		})
	}
}

func TestReLUBackprop(t *testing.T) {
	for _, shape := range [][]int64{{1}, {5, 3}, {4, 3, 2}, {2, 5, 3, 2}} {
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			wantGradients(t, 1, relu, reluBackprop, gradientsOf(1, fusedReLU), distinct(shape...), normal(shape...))
		})
	}
}

// At zero the derivative does not exist; TensorFlow uses 0.
func TestReLUBackpropAtZero(t *testing.T) {
	got := compute(t, tf.Double, reluBackprop, array{[]int64{3}, []float64{-1, 0, 1}}, array{[]int64{3}, []float64{5, 5, 5}})[0]
	wantClose(t, "gradient", got, array{[]int64{3}, []float64{0, 0, 5}}, 0)
}

func BenchmarkReLU(b *testing.B) {
	compare(b, relu, fusedReLU, normal(32, 24, 24, 16))
}

func BenchmarkReLUBackprop(b *testing.B) {
	compare(b, reluBackprop, gradientsOf(1, fusedReLU), normal(32, 24, 24, 16), normal(32, 24, 24, 16))
}
