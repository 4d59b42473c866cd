package lowlevel

import (
	"fmt"
	"math"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

var poolings = []struct {
	input  []int64
	extent int
}{
	{[]int64{1, 1}, 1},
	{[]int64{4, 6}, 2},
	{[]int64{5, 7}, 2},
	{[]int64{7, 5, 2}, 3},
	{[]int64{3, 3, 2}, 3},
	{[]int64{2, 4, 4, 3}, 1},
	{[]int64{3, 5, 6, 2}, 2},
}

func maxPool(extent int) build {
	return func(s *op.Scope, in []tf.Output) ([]tf.Output, error) { return one(MaxPool(s, in[0], extent)) }
}

func maxPoolBackprop(extent int) build {
	return func(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
		return one(MaxPoolBackprop(s, in[0], extent, in[1]))
	}
}

func fusedMaxPool(input []int64, extent int) build {
	window := []int64{1, int64(extent), int64(extent), 1}
	return fused(func(s *op.Scope, in []tf.Output) []tf.Output {
		y := op.MaxPool(s, reshape(s, in[0], batched(input)...), window, window, "VALID")
		return []tf.Output{reshape(s, y, pooled(input, extent)...)}
	})
}

// pooled returns the shape of MaxPool's output.
func pooled(input []int64, extent int) []int64 {
	e, b := int64(extent), batched(input)
	out := []int64{b[0], b[1] / e, b[2] / e, b[3]}
	switch len(input) {
	case 2:
		return out[1:3]
	case 3:
		return out[1:]
	}
	return out
}

func naiveMaxPool(x array, extent int) array {
	b, e := batched(x.shape), int64(extent)
	out := array{shape: pooled(x.shape, extent)}
	for n := range b[0] {
		for y := range b[1] / e {
			for x0 := range b[2] / e {
				for c := range b[3] {
					greatest := math.Inf(-1)
					for i := range e {
						for j := range e {
							greatest = max(greatest, x.data[((n*b[1]+y*e+i)*b[2]+x0*e+j)*b[3]+c])
						}
					}
					out.data = append(out.data, greatest)
				}
			}
		}
	}
	return out
}

func TestMaxPool(t *testing.T) {
	for _, c := range poolings {
		t.Run(fmt.Sprint(c.input, c.extent), func(t *testing.T) {
			x := normal(c.input...)
			for _, p := range precisions {
				got := compute(t, p.dtype, maxPool(c.extent), x)[0]
				wantClose(t, p.name+" and fused", got, compute(t, p.dtype, fusedMaxPool(c.input, c.extent), x)[0], 0)
				wantClose(t, p.name+" and naive", got, naiveMaxPool(x, c.extent), 0)
			}
		})
	}
}

func TestMaxPoolBackprop(t *testing.T) {
	for _, c := range poolings {
		t.Run(fmt.Sprint(c.input, c.extent), func(t *testing.T) {
			wantGradients(t, 1, maxPool(c.extent), maxPoolBackprop(c.extent), gradientsOf(1, fusedMaxPool(c.input, c.extent)),
				distinct(c.input...), normal(pooled(c.input, c.extent)...))
		})
	}
}

// After a ReLU many windows have several equal maxima. Only one, the one that
// TensorFlow chooses, receives the gradient.
func TestMaxPoolBackpropTies(t *testing.T) {
	x := array{[]int64{4, 4}, []float64{
		0, 0, 1, 2,
		0, 0, 2, 2,
		3, 1, 0, 0,
		3, 3, 0, 5,
	}}
	upstream := array{[]int64{2, 2}, []float64{10, 20, 30, 40}}
	got := compute(t, tf.Double, maxPoolBackprop(2), x, upstream)[0]
	wantClose(t, "by hand", got, array{[]int64{4, 4}, []float64{
		10, 0, 0, 20,
		0, 0, 0, 0,
		30, 0, 0, 0,
		0, 0, 0, 40,
	}}, 0)
	want := compute(t, tf.Double, gradientsOf(1, fusedMaxPool(x.shape, 2)), x, upstream)[0]
	wantClose(t, "fused", got, want, 0)
}

func BenchmarkMaxPool(b *testing.B) {
	input := []int64{32, 24, 24, 16}
	compare(b, maxPool(2), fusedMaxPool(input, 2), normal(input...))
}

func BenchmarkMaxPoolBackprop(b *testing.B) {
	input := []int64{32, 24, 24, 16}
	compare(b, maxPoolBackprop(2), gradientsOf(1, fusedMaxPool(input, 2)), normal(input...), normal(pooled(input, 2)...))
}
