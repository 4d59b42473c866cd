package lowlevel

import (
	"fmt"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

var convolutions = []struct{ input, filters []int64 }{
	{[]int64{1, 1}, []int64{1, 1, 1}},
	{[]int64{5, 5}, []int64{3, 3, 1}},
	{[]int64{7, 4}, []int64{2, 3, 4}},
	{[]int64{6, 5}, []int64{6, 5, 1, 2}},
	{[]int64{6, 5, 3}, []int64{1, 1, 3, 2}},
	{[]int64{5, 7, 1}, []int64{4, 1, 3}},
	{[]int64{1, 4, 4, 1}, []int64{1, 1, 1, 1}},
	{[]int64{3, 5, 4, 2}, []int64{3, 2, 2, 3}},
	{[]int64{2, 3, 3, 4}, []int64{3, 3, 4, 2}},
}

func conv2D(s *op.Scope, in []tf.Output) ([]tf.Output, error) { return one(Conv2D(s, in[0], in[1])) }

func conv2DBackprop(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
	dInput, dFilters, err := Conv2DBackprop(s, in[0], in[1], in[2])
	return []tf.Output{dInput, dFilters}, err
}

// fusedConv2D is TensorFlow's Conv2D with the shapes of this package.
func fusedConv2D(input, filters []int64) build {
	batch, kernel := batched(input), filters
	if len(filters) == 3 {
		kernel = []int64{filters[0], filters[1], 1, filters[2]}
	}
	return fused(func(s *op.Scope, in []tf.Output) []tf.Output {
		y := op.Conv2D(s, reshape(s, in[0], batch...), reshape(s, in[1], kernel...), []int64{1, 1, 1, 1}, "VALID")
		return []tf.Output{reshape(s, y, convolved(input, filters)...)}
	})
}

// batched returns a shape as N x H x W x C.
func batched(shape []int64) []int64 {
	switch len(shape) {
	case 2:
		return []int64{1, shape[0], shape[1], 1}
	case 3:
		return []int64{1, shape[0], shape[1], shape[2]}
	}
	return shape
}

// convolved returns the shape of Conv2D's output.
func convolved(input, filters []int64) []int64 {
	b := batched(input)
	out := []int64{b[0], b[1] - filters[0] + 1, b[2] - filters[1] + 1, filters[len(filters)-1]}
	if len(input) < 4 {
		return out[1:]
	}
	return out
}

// naiveConv2D computes the formula of Conv2D's documentation with loops.
func naiveConv2D(x, k array) array {
	b, out := batched(x.shape), array{shape: convolved(x.shape, k.shape)}
	n, h, w, c := b[0], b[1], b[2], b[3]
	kh, kw, f := k.shape[0], k.shape[1], k.shape[len(k.shape)-1]
	for n := range n {
		for y := range h - kh + 1 {
			for x0 := range w - kw + 1 {
				for f0 := range f {
					var sum float64
					for i := range kh {
						for j := range kw {
							for c0 := range c {
								sum += x.data[((n*h+y+i)*w+x0+j)*c+c0] * k.data[((i*kw+j)*c+c0)*f+f0]
							}
						}
					}
					out.data = append(out.data, sum)
				}
			}
		}
	}
	return out
}

func TestConv2D(t *testing.T) {
	for _, c := range convolutions {
		t.Run(fmt.Sprint(c.input, c.filters), func(t *testing.T) {
			x, k := normal(c.input...), normal(c.filters...)
			for _, p := range precisions {
				got := compute(t, p.dtype, conv2D, x, k)[0]
				wantClose(t, p.name+" and fused", got, compute(t, p.dtype, fusedConv2D(c.input, c.filters), x, k)[0], p.tolerance)
				wantClose(t, p.name+" and naive", got, naiveConv2D(x, k), p.tolerance)
			}
		})
	}
}

func TestConv2DBackprop(t *testing.T) {
	for _, c := range convolutions {
		t.Run(fmt.Sprint(c.input, c.filters), func(t *testing.T) {
			wantGradients(t, 2, conv2D, conv2DBackprop, gradientsOf(2, fusedConv2D(c.input, c.filters)),
				normal(c.input...), normal(c.filters...), normal(convolved(c.input, c.filters)...))
		})
	}
}

func BenchmarkConv2D(b *testing.B) {
	input, filters := []int64{32, 28, 28, 8}, []int64{5, 5, 8, 16}
	compare(b, conv2D, fusedConv2D(input, filters), normal(input...), normal(filters...))
}

func BenchmarkConv2DBackprop(b *testing.B) {
	input, filters := []int64{32, 28, 28, 8}, []int64{5, 5, 8, 16}
	compare(b, conv2DBackprop, gradientsOf(2, fusedConv2D(input, filters)),
		normal(input...), normal(filters...), normal(convolved(input, filters)...))
}
