package lowlevel

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Conv2D slides every filter over the input, one pixel at a time, at all positions
// where the filter lies entirely within the input:
//
//	output[n, y, x, f] = sum over i, j, c of input[n, y+i, x+j, c] * filters[i, j, c, f]
//
// This is the cross-correlation that Keras's Conv2D computes with padding "valid" and
// stride 1; a mathematical convolution would rotate the filters by 180 degrees.
//
// The input is H x W, H x W x C or N x H x W x C; the filters are KH x KW x C x F, or
// KH x KW x F for one channel. The output is H' x W' x F, or N x H' x W' x F for a
// batch, with H' = H-KH+1 and W' = W-KW+1.
//
// Instead of a loop over pixels, the patches under the filters become the rows of one
// matrix and the filters the columns of another (Chellapilla, Puri and Simard, "High
// performance convolutional neural networks for document processing", 2006), so that
// the convolution is a single matrix product.
func Conv2D(s *op.Scope, input, filters tf.Output) (output tf.Output, err error) {
	defer seal("conv2d", s, &err)
	x, k, err := convolution(s, "conv2d", input, filters)
	if err != nil {
		return output, err
	}
	return x.unbatch(s, correlate(s, x, k)), nil
}

// Conv2DBackprop computes the gradients of the loss with respect to the input and the
// filters from upstream, its gradient with respect to the output of [Conv2D]. upstream
// has the shape of the output.
//
//	dInput[n, y, x, c]   = sum over i, j, f of upstream[n, y-i, x-j, f] * filters[i, j, c, f]
//	dFilters[i, j, c, f] = sum over n, y, x of input[n, y+i, x+j, c] * upstream[n, y, x, f]
//
// with zeros outside upstream. The first formula is again a cross-correlation, of
// upstream padded with zeros and the filters rotated by 180 degrees, with channels and
// numbers exchanged. The second is the transposed matrix of patches times upstream.
func Conv2DBackprop(s *op.Scope, input, filters, upstream tf.Output) (dInput, dFilters tf.Output, err error) {
	defer seal("conv2d backprop", s, &err)
	x, k, err := convolution(s, "conv2d backprop", input, filters)
	if err != nil {
		return dInput, dFilters, err
	}
	height, width := x.height-k.height+1, x.width-k.width+1
	if err := wantUpstream("conv2d backprop", upstream, input, x.unbatched(height, width, k.number)...); err != nil {
		return dInput, dFilters, err
	}
	g := reshape(s, upstream, -1, height, width, k.number) // N x H' x W' x F
	margin := maps{                                        // N x (H+KH-1) x (W+KW-1) x F
		Output:   pad(s, g, k.height-1, k.height-1, k.width-1, k.width-1),
		height:   x.height + k.height - 1,
		width:    x.width + k.width - 1,
		channels: k.number,
	}
	dInput = x.like(s, correlate(s, margin, k.turn(s)))

	columns := reshape(s, g, -1, k.number)                                                  // N*H'*W' x F
	sums := matmul(s, patches(s, x, k.height, k.width), columns, op.MatMulTransposeA(true)) // KH*KW*C x F
	dFilters = reshape(s, sums, k.given...)
	return dInput, dFilters, nil
}

// correlate is Conv2D for a batch: N x H x W x C with KH x KW x C x F gives N x H' x W'
// x F.
func correlate(s *op.Scope, x maps, k kernels) tf.Output {
	columns := reshape(s, k.Output, -1, k.number)                // KH*KW*C x F
	sums := matmul(s, patches(s, x, k.height, k.width), columns) // N*H'*W' x F
	return reshape(s, sums, -1, x.height-k.height+1, x.width-k.width+1, k.number)
}

// patches returns the content of a window of height x width at each of its positions,
// one row per position: N x H x W x C gives N*H'*W' x height*width*C. Each element of
// the window contributes a shifted copy of the input, so the loop is over the window
// and not over the pixels.
func patches(s *op.Scope, x maps, height, width int64) tf.Output {
	var shifted []tf.Output // each N x H' x W' x C
	for i := range height {
		for j := range width {
			shifted = append(shifted, crop(s, x.Output, i, j, x.height-height+1, x.width-width+1))
		}
	}
	return reshape(s, concat(s, 3, shifted), -1, height*width*x.channels)
}

// kernels are the filters of a convolution, KH x KW x C x F, and the shape in
// which they were given.
type kernels struct {
	tf.Output
	height, width, channels, number int64
	given                           []int64
}

// turn rotates filters by 180 degrees and exchanges their channels and numbers: KH x KW
// x C x F gives KH x KW x F x C.
func (k kernels) turn(s *op.Scope) kernels {
	k.Output = transpose(s, reverse(s, k.Output, 0, 1), 0, 1, 3, 2)
	k.channels, k.number = k.number, k.channels
	return k
}

// convolution checks that the filters fit the input.
func convolution(s *op.Scope, where string, input, filters tf.Output) (x maps, k kernels, err error) {
	if err = wantFloats(where, argument{"input", input}, argument{"filters", filters}); err != nil {
		return x, k, err
	}
	if x, err = asMaps(s, where, "input", input); err != nil {
		return x, k, err
	}
	shape, err := filters.Shape().ToSlice()
	switch {
	case err != nil || len(shape) < 3 || len(shape) > 4 || !positive(shape):
		return x, k, fmt.Errorf("%s: got filters of %s: want KHxKWxF or KHxKWxCxF", where, shapeOf(filters))
	case len(shape) == 3:
		k = kernels{filters, shape[0], shape[1], 1, shape[2], shape}
		k.Output = reshape(s, filters, k.height, k.width, 1, k.number)
	default:
		k = kernels{filters, shape[0], shape[1], shape[2], shape[3], shape}
	}
	if k.channels != x.channels {
		return x, k, fmt.Errorf("%s: got filters of %s for an input of %s with %d channels: want filters KHxKWx%dxF",
			where, shapeOf(filters), shapeOf(input), x.channels, x.channels)
	}
	if k.height > x.height || k.width > x.width {
		return x, k, fmt.Errorf("%s: got filters of %dx%d: want at most the height and width of the input, %dx%d",
			where, k.height, k.width, x.height, x.width)
	}
	return x, k, nil
}
