package lowlevel

import (
	"fmt"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

var connections = []struct {
	input []int64
	nodes int64
}{
	{[]int64{1}, 1},
	{[]int64{7}, 3},
	{[]int64{1, 6}, 4},
	{[]int64{5, 3}, 2},
	{[]int64{3, 5, 2}, 4},
	{[]int64{4, 3, 3, 2}, 5},
}

func dense(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
	return one(FullyConnected(s, in[0], in[1], in[2]))
}

func denseBackprop(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
	dInput, dWeights, dBias, err := FullyConnectedBackprop(s, in[0], in[1], in[3])
	return []tf.Output{dInput, dWeights, dBias}, err
}

// connected returns the shape of FullyConnected's input as rows, and the shape of its
// output.
func connected(input []int64, nodes int64) (matrix, output []int64) {
	if len(input)%2 == 1 {
		return []int64{1, sizeOf(input)}, []int64{nodes}
	}
	return []int64{input[0], sizeOf(input[1:])}, []int64{input[0], nodes}
}

// fusedDense is TensorFlow's MatMul and BiasAdd, which its graph optimizer
// fuses into one.
func fusedDense(input []int64, nodes int64) build {
	matrix, output := connected(input, nodes)
	return fused(func(s *op.Scope, in []tf.Output) []tf.Output {
		y := op.BiasAdd(s, matmul(s, reshape(s, in[0], matrix...), in[1]), in[2])
		return []tf.Output{reshape(s, y, output...)}
	})
}

func naiveDense(x, w, b array) array {
	d, m := w.shape[0], w.shape[1]
	_, output := connected(x.shape, m)
	out := array{shape: output}
	for n := range sizeOf(x.shape) / d {
		for j := range m {
			sum := b.data[j]
			for i := range d {
				sum += x.data[n*d+i] * w.data[i*m+j]
			}
			out.data = append(out.data, sum)
		}
	}
	return out
}

func TestFullyConnected(t *testing.T) {
	for _, c := range connections {
		t.Run(fmt.Sprint(c.input, c.nodes), func(t *testing.T) {
			matrix, _ := connected(c.input, c.nodes)
			x, w, b := normal(c.input...), normal(matrix[1], c.nodes), normal(c.nodes)
			for _, p := range precisions {
				got := compute(t, p.dtype, dense, x, w, b)[0]
				wantClose(t, p.name+" and fused", got, compute(t, p.dtype, fusedDense(c.input, c.nodes), x, w, b)[0], p.tolerance)
				wantClose(t, p.name+" and naive", got, naiveDense(x, w, b), p.tolerance)
			}
		})
	}
}

func TestFullyConnectedBackprop(t *testing.T) {
	for _, c := range connections {
		t.Run(fmt.Sprint(c.input, c.nodes), func(t *testing.T) {
			matrix, output := connected(c.input, c.nodes)
			wantGradients(t, 3, dense, denseBackprop, gradientsOf(3, fusedDense(c.input, c.nodes)),
				normal(c.input...), normal(matrix[1], c.nodes), normal(c.nodes), normal(output...))
		})
	}
}

func BenchmarkFullyConnected(b *testing.B) {
	input := []int64{32, 1024}
	compare(b, dense, fusedDense(input, 128), normal(input...), normal(1024, 128), normal(128))
}

func BenchmarkFullyConnectedBackprop(b *testing.B) {
	input := []int64{32, 1024}
	compare(b, denseBackprop, gradientsOf(3, fusedDense(input, 128)),
		normal(input...), normal(1024, 128), normal(128), normal(32, 128))
}
