package graphs

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Loss is the cross-entropy of the classes, computed from the logits and averaged over
// the examples. The penalties of the weights' regularizers are added to it.
type Loss struct {
	// LabelSmoothing is the share of the probability that is moved from an example's
	// class to all classes equally, as in Keras's CategoricalCrossentropy. The target
	// probability is 1-LabelSmoothing+LabelSmoothing/classes for the class, and
	// LabelSmoothing/classes for the others.
	LabelSmoothing float64
}

// measure adds the loss of logits to a step, and the sums of its metrics. penalties is
// the value that regularizers add to the mean loss of the whole batch; it is unset if
// there are none. measure returns the gradient, with respect to the logits, of the mean
// loss over the whole batch without penalties.
//
// The C API has no gradient for the cross-entropy kernels, but does not need one: their
// second output is softmax(logits) - truth.
func (st *Stage) measure(s *op.Scope, built *step, logits tf.Output, part share, penalties tf.Output) (gradient tf.Output) {
	labels := part.labels
	loss, backprop := st.crossEntropy(s.SubScope("xent"), logits, labels)
	all := op.Const(s.SubScope("all"), []int32{0})
	guess := op.ArgMax(s.SubScope("guess"), logits, op.Const(s.SubScope("axis"), int32(1)), op.ArgMaxOutputType(tf.Int64))
	hits := op.Cast(s.SubScope("hits"), op.Equal(s.SubScope("equal"), guess, labels), tf.Float)
	sum := op.Sum(s.SubScope("loss"), loss, all)
	if penalties.Op != nil { // Keras weights the mean loss of a batch by the number of examples
		sum = op.AddV2(s.SubScope("penalized"), sum, op.Mul(s.SubScope("penalties"), penalties, part.size(s)))
	}
	sums := op.Pack(s.SubScope("sums"), []tf.Output{sum, op.Sum(s.SubScope("correct"), hits, all)})
	built.sums = append(built.sums, op.Cast(s.SubScope("wide"), sums, tf.Double))
	built.probabilities = append(built.probabilities, op.Softmax(s.SubScope("probabilities"), logits))
	return op.Div(s.SubScope("mean"), backprop, part.size(s))
}

// keepSums adds the metrics of the whole batch to those of the earlier batches.
func (st *Stage) keepSums(s *op.Scope, built *step) {
	if s.Err() == nil {
		built.targets = append(built.targets, op.AssignAddVariableOp(s.SubScope("keep"), st.sums.handle, addMirrored(s.SubScope("total"), built.sums)))
	}
}

// crossEntropy returns the loss of each example and its gradient with respect to the
// logits. The kernel is not deterministic on a GPU. If determinism is required,
// crossEntropy uses basic operations instead:
//
//	loss = log(sum(exp(x))) - sum(truth*x), of x = logits - max(logits)
//	gradient = softmax(logits) - truth
func (st *Stage) crossEntropy(s *op.Scope, logits, labels tf.Output) (loss, gradient tf.Output) {
	smoothed := st.loss.LabelSmoothing != 0
	if !st.deterministic && !smoothed {
		return op.SparseSoftmaxCrossEntropyWithLogits(s, logits, labels)
	}
	truth := st.truth(s.SubScope("truth"), labels)
	if !st.deterministic {
		return op.SoftmaxCrossEntropyWithLogits(s, logits, truth)
	}
	axis := op.Const(s.SubScope("axis"), []int32{1})
	largest := op.Max(s.SubScope("largest"), logits, axis, op.MaxKeepDims(true))
	x := op.Sub(s.SubScope("shifted"), logits, largest)
	sum := op.Log(s.SubScope("log"), op.Sum(s.SubScope("sum"), op.Exp(s.SubScope("exp"), x), axis))
	loss = op.Sub(s.SubScope("loss"), sum, op.Sum(s.SubScope("own"), op.Mul(s.SubScope("masked"), truth, x), axis))
	return loss, op.Sub(s.SubScope("gradient"), op.Softmax(s.SubScope("softmax"), logits), truth)
}

// truth returns the target probability of each class, float32 [batch, classes].
func (st *Stage) truth(s *op.Scope, labels tf.Output) tf.Output {
	spread := st.loss.LabelSmoothing / float64(st.classes)
	return op.OneHot(s, labels, op.Const(s.SubScope("classes"), int32(st.classes)),
		op.Const(s.SubScope("hit"), float32(1-st.loss.LabelSmoothing+spread)), op.Const(s.SubScope("miss"), float32(spread)))
}

// size returns the number of examples in the whole batch, float32.
func (part share) size(s *op.Scope) tf.Output {
	labels := part.labels
	if s.Err() == nil {
		if part.batch.Op != nil {
			return op.Cast(s.SubScope("n"), op.Reshape(s.SubScope("size"), part.batch, op.Const(s.SubScope("scalar"), []int32{})), tf.Float)
		}
		if n := labels.Shape().Size(0); n >= 0 {
			return op.Const(s.SubScope("n"), float32(n))
		}
	}
	return op.Cast(s.SubScope("n"), op.Size(s.SubScope("size"), labels), tf.Float)
}
