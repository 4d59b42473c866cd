package lowlevel

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Normalize scales each map of each example to mean 0 and standard deviation 1:
//
//	output = (input - mean) / deviation    over the map's H*W elements
//
// with the population standard deviation, the root of the mean square. A constant map,
// whose deviation is 0, becomes zeros. (Ulyanov, Vedaldi and Lempitsky, "Instance
// normalization", 2016, without the small number added to the variance.)
//
// The input is H x W, H x W x C or N x H x W x C; the output has its shape. The
// difference between a map's largest and smallest element must be finite.
func Normalize(s *op.Scope, input tf.Output) (output tf.Output, err error) {
	defer seal("normalize", s, &err)
	if err := wantFloats("normalize", argument{"input", input}); err != nil {
		return output, err
	}
	x, err := asMaps(s, "normalize", "input", input)
	if err != nil {
		return output, err
	}
	y, _ := standardize(s, x)
	return x.like(s, y), nil
}

// NormalizeBackprop computes the gradient of the loss with respect to the input from
// upstream, its gradient with respect to the output of [Normalize]. upstream has the
// shape of the input. Each element affects the output directly, through the map's mean
// and through its deviation:
//
//	dInput = (upstream - mean(upstream) - output * mean(upstream * output)) / deviation
//
// The gradient of a constant map, where the derivative does not exist, is zero.
func NormalizeBackprop(s *op.Scope, input, upstream tf.Output) (dInput tf.Output, err error) {
	defer seal("normalize backprop", s, &err)
	if err := wantLike("normalize backprop", argument{"upstream", upstream}, argument{"input", input}); err != nil {
		return dInput, err
	}
	x, err := asMaps(s, "normalize backprop", "input", input)
	if err != nil {
		return dInput, err
	}
	y, deviation := standardize(s, x)                              // N x H x W x C, N x 1 x 1 x C
	g := reshape(s, upstream, -1, x.height, x.width, x.channels)   // N x H x W x C
	throughMean := meanOver(s, g, 1, 2)                            // N x 1 x 1 x C
	throughDeviation := mul(s, y, meanOver(s, mul(s, g, y), 1, 2)) // N x H x W x C
	direct := sub(s, sub(s, g, throughMean), throughDeviation)     // N x H x W x C
	return x.like(s, div(s, direct, deviation)), nil
}

// standardize returns the normalized maps, N x H x W x C, and the deviation of each, N
// x 1 x 1 x C.
//
// It first scales the maps to the interval from 0 to 1, which affects only the accuracy
// of the result. Differences of close numbers are exact, so a map with a large mean
// keeps its small variation. A constant map becomes exactly zero; the mean of equal
// numbers, by contrast, may differ from that number. The squares neither overflow nor
// underflow.
func standardize(s *op.Scope, x maps) (y, deviation tf.Output) {
	least := minOver(s, x.Output, 1, 2)
	span := sub(s, maxOver(s, x.Output, 1, 2), least)   // N x 1 x 1 x C
	unit := div(s, sub(s, x.Output, least), span)       // N x H x W x C, 0 to 1
	centred := sub(s, unit, meanOver(s, unit, 1, 2))    // N x H x W x C
	d := sqrt(s, meanOver(s, square(s, centred), 1, 2)) // N x 1 x 1 x C
	return div(s, centred, d), mul(s, d, span)
}
