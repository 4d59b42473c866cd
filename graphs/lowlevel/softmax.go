package lowlevel

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Softmax converts the numbers along the last axis to probabilities:
//
//	output[k] = exp(input[k] - m) / sum over j of exp(input[j] - m)    with m = max of input
//
// The maximum m cancels out. Subtracting it ensures that no exponential overflows and
// that the sum is at least 1, for any finite input (Goodfellow, Bengio and Courville,
// "Deep learning", 2016, section 4.1).
//
// The input is K, or N x K for a batch, or of any higher rank; the output has its
// shape.
func Softmax(s *op.Scope, input tf.Output) (output tf.Output, err error) {
	defer seal("softmax", s, &err)
	if err := wantClasses("softmax", input); err != nil {
		return output, err
	}
	e := exp(s, sub(s, input, maxOver(s, input, -1)))
	return div(s, e, sumOver(s, e, -1)), nil
}

// CrossEntropy is the loss of a classifier whose class probabilities are the [Softmax]
// of the logits:
//
//	loss = - sum over k of labels[k] * log(softmax(logits)[k])
//	     = sum over k of labels[k] * (log(sum over j of exp(logits[j] - m)) - (logits[k] - m))
//
// with m = max of logits. The second form never takes the logarithm of a probability
// that was rounded to zero.
//
// Logits are N x K or K. Labels have the same shape and are class probabilities: 1 for
// the correct class, 0 for the others. The loss is N or a scalar, one number per
// example.
func CrossEntropy(s *op.Scope, logits, labels tf.Output) (loss tf.Output, err error) {
	defer seal("cross-entropy", s, &err)
	if err := wantLabels("cross-entropy", logits, labels); err != nil {
		return loss, err
	}
	z := sub(s, logits, maxOver(s, logits, -1))
	surprise := sub(s, log(s, sumOver(s, exp(s, z), -1)), z) // N x K, -log of the probabilities
	total := sumOver(s, weigh(s, surprise, labels), -1)      // N x 1
	return op.Squeeze(s.SubScope("Squeeze"), total, op.SqueezeAxis([]int64{-1})), nil
}

// CrossEntropyBackprop computes the gradient with respect to the logits from upstream,
// the gradient with respect to the output of [CrossEntropy], one number per example.
// The gradients of cross-entropy and softmax combine to a difference:
//
//	dLogits = upstream * (softmax(logits) - labels)
//
// This holds for labels that sum to 1.
func CrossEntropyBackprop(s *op.Scope, logits, labels, upstream tf.Output) (dLogits tf.Output, err error) {
	defer seal("cross-entropy backprop", s, &err)
	if err := wantLabels("cross-entropy backprop", logits, labels); err != nil {
		return dLogits, err
	}
	shape, _ := logits.Shape().ToSlice()
	if err := wantUpstream("cross-entropy backprop", upstream, logits, shape[:len(shape)-1]...); err != nil {
		return dLogits, err
	}
	p, err := Softmax(s, logits)
	if err != nil {
		return dLogits, err
	}
	g := op.ExpandDims(s.SubScope("ExpandDims"), upstream, op.Const(s.SubScope("Axis"), int32(-1))) // N x 1
	return mul(s, sub(s, p, labels), g), nil
}

// wantClasses checks that x has a last axis that is not empty.
func wantClasses(where string, x tf.Output) error {
	if err := wantFloats(where, argument{"input", x}); err != nil {
		return err
	}
	shape, err := x.Shape().ToSlice()
	if err != nil || len(shape) == 0 || shape[len(shape)-1] == 0 {
		return fmt.Errorf("%s: got input of %s: want K numbers or NxK", where, shapeOf(x))
	}
	return nil
}

// wantLabels checks that the labels fit the logits.
func wantLabels(where string, logits, labels tf.Output) error {
	if err := wantClasses(where, logits); err != nil {
		return err
	}
	return wantLike(where, argument{"labels", labels}, argument{"logits", logits})
}
