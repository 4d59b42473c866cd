package layers_test

import "math"

// The layers implemented with loops, by their definitions, in float64. Inputs are x
// with the batch first, then kernel and bias.

func naiveDense(in []array) array {
	x, kernel, bias := in[0], in[1], in[2]
	n, inputs, units := x.shape[0], kernel.shape[0], kernel.shape[1]
	y := array{shape: []int{n, units}}
	for b := range n {
		for u := range units {
			sum := bias.values[u]
			for i := range inputs {
				sum += x.values[b*inputs+i] * kernel.values[i*units+u]
			}
			y.values = append(y.values, sum)
		}
	}
	return y
}

// naiveConv convolves an image that is padded with before zeros at the top and left,
// and at the bottom and right with as many as the output size requires.
func naiveConv(in []array, before, height, width int) array {
	x, kernel, bias := in[0], in[1], in[2]
	h, w, channels := x.shape[1], x.shape[2], x.shape[3]
	size, filters := kernel.shape[0], kernel.shape[3]
	y := array{shape: []int{x.shape[0], height, width, filters}}
	pixel := func(b, i, j, c int) float64 {
		if i < 0 || j < 0 || i >= h || j >= w {
			return 0
		}
		return x.values[((b*h+i)*w+j)*channels+c]
	}
	at := func(b, i, j, f int) float64 {
		sum := bias.values[f]
		for di := range size {
			for dj := range size {
				for c := range channels {
					sum += pixel(b, i+di-before, j+dj-before, c) * kernel.values[((di*size+dj)*channels+c)*filters+f]
				}
			}
		}
		return sum
	}
	for b := range x.shape[0] {
		for i := range height {
			for j := range width {
				for f := range filters {
					y.values = append(y.values, at(b, i, j, f))
				}
			}
		}
	}
	return y
}

func naivePool(x array, size int) array {
	h, w, channels := x.shape[1], x.shape[2], x.shape[3]
	y := array{shape: []int{x.shape[0], h / size, w / size, channels}}
	largest := func(b, i, j, c int) float64 {
		m := math.Inf(-1)
		for di := range size {
			for dj := range size {
				m = max(m, x.values[((b*h+i*size+di)*w+j*size+dj)*channels+c])
			}
		}
		return m
	}
	for b := range x.shape[0] {
		for i := range h / size {
			for j := range w / size {
				for c := range channels {
					y.values = append(y.values, largest(b, i, j, c))
				}
			}
		}
	}
	return y
}

func naiveReLU(x array) array {
	y := array{shape: x.shape}
	for _, v := range x.values {
		y.values = append(y.values, max(v, 0))
	}
	return y
}

// naiveSoftmax applies softmax to the last axis.
func naiveSoftmax(x array) array {
	y := array{shape: x.shape}
	n := x.shape[len(x.shape)-1]
	for start := 0; start < len(x.values); start += n {
		row, sum := x.values[start:start+n], 0.0
		for _, v := range row {
			sum += math.Exp(v)
		}
		for _, v := range row {
			y.values = append(y.values, math.Exp(v)/sum)
		}
	}
	return y
}
