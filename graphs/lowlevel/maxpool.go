package lowlevel

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// MaxPool returns the maximum of each window of extent x extent. The windows do not
// overlap:
//
//	output[n, y, x, c] = max over i, j < extent of input[n, y*extent+i, x*extent+j, c]
//
// Rows and columns at the lower and right edge that do not fill a window are dropped,
// as in Keras's MaxPooling2D with padding "valid".
//
// The input is H x W, H x W x C or N x H x W x C. The output has the same rank, with
// H/extent and W/extent, rounded down, for H and W.
func MaxPool(s *op.Scope, input tf.Output, extent int) (output tf.Output, err error) {
	defer seal("maxpool", s, &err)
	x, err := pooling(s, "maxpool", input, extent)
	if err != nil {
		return output, err
	}
	height, width := x.height/int64(extent), x.width/int64(extent)
	greatest := maxOver(s, windows(s, x, int64(extent)), 3) // N x H' x W' x 1 x C
	return x.like(s, reshape(s, greatest, -1, height, width, x.channels)), nil
}

// MaxPoolBackprop computes the gradient of the loss with respect to the input from
// upstream, its gradient with respect to the output of [MaxPool]. upstream has the
// shape of the output. In each window the maximum element receives the window's
// gradient, and all others zero.
//
// If several elements are equal to the maximum, the first in row-major order receives
// the gradient, as in TensorFlow.
func MaxPoolBackprop(s *op.Scope, input tf.Output, extent int, upstream tf.Output) (dInput tf.Output, err error) {
	defer seal("maxpool backprop", s, &err)
	x, err := pooling(s, "maxpool backprop", input, extent)
	if err != nil {
		return dInput, err
	}
	e := int64(extent)
	height, width := x.height/e, x.width/e
	if err := wantUpstream("maxpool backprop", upstream, input, x.alike(height, width)...); err != nil {
		return dInput, err
	}
	elements := windows(s, x, e)                                // N x H' x W' x E*E x C
	isMax := equal(s, elements, maxOver(s, elements, 3))        // 1 or 0
	count := runningSum(s, isMax, 3)                            // number of maxima so far
	first := mul(s, isMax, equal(s, count, onesLike(s, count))) // 1 at the first maximum

	g := reshape(s, upstream, -1, height, width, 1, x.channels) // N x H' x W' x 1 x C
	spread := mul(s, first, g)                                  // N x H' x W' x E*E x C
	return x.like(s, pad(s, unwindow(s, spread, e, height, width, x.channels),
		0, x.height-height*e, 0, x.width-width*e)), nil
}

// windows gathers the elements of each window along a separate axis, in row-major
// order: N x H x W x C gives N x H' x W' x E*E x C.
func windows(s *op.Scope, x maps, extent int64) tf.Output {
	height, width := x.height/extent, x.width/extent
	whole := crop(s, x.Output, 0, 0, height*extent, width*extent)
	split := reshape(s, whole, -1, height, extent, width, extent, x.channels)
	return reshape(s, transpose(s, split, 0, 1, 3, 2, 4, 5), -1, height, width, extent*extent, x.channels)
}

// unwindow is the inverse of windows: N x H' x W' x E*E x C gives N x H'*E x W'*E x C.
func unwindow(s *op.Scope, w tf.Output, extent, height, width, channels int64) tf.Output {
	split := reshape(s, w, -1, height, width, extent, extent, channels)
	return reshape(s, transpose(s, split, 0, 1, 3, 2, 4, 5), -1, height*extent, width*extent, channels)
}

// pooling checks that windows of the extent fit into the input.
func pooling(s *op.Scope, where string, input tf.Output, extent int) (x maps, err error) {
	if err := wantFloats(where, argument{"input", input}); err != nil {
		return x, err
	}
	if x, err = asMaps(s, where, "input", input); err != nil {
		return x, err
	}
	if most := min(x.height, x.width); extent < 1 || int64(extent) > most {
		return x, fmt.Errorf("%s: got extent %d: want 1 to %d for an input of %dx%d", where, extent, most, x.height, x.width)
	}
	return x, nil
}
