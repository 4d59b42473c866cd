package graphs

import (
	"fmt"
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// step is what a stage runs to take a batch.
type step struct {
	targets       []*tf.Operation
	probabilities []tf.Output // of each mirror's part of the batch, [examples, classes]
	sums          []tf.Output // of the metrics over each mirror's part, float64 [2]
}

// buildStep adds the step for batches of one size to the graph. A scope that
// fails leaves its error.
func (st *Stage) buildStep(s *op.Scope, batch int) {
	if batch != anySize {
		s = s.SubScope("batch_" + strconv.Itoa(batch))
	}
	built := &step{}
	var parts []share
	for i := range st.mirrors.all() {
		part, moved := st.next(st.mirrors.scope(s, i), batch, i)
		built.targets = append(built.targets, moved)
		parts = append(parts, part)
	}
	st.add(s, built, parts)
	if s.Err() == nil {
		st.steps[batch] = built
	}
}

// prepare makes sure that there is a step for batches of a size. TensorFlow lets
// a graph grow between the runs of its session.
func (st *Stage) prepare(batch int) error {
	if batch == 0 || st.stepOf(batch) != nil {
		return nil
	}
	s := op.NewScopeWithGraph(st.graph).SubScope(st.name)
	st.buildStep(s, batch)
	if err := scopeError(s); err != nil {
		return fmt.Errorf("%w (building the step for batches of %d)", err, batch)
	}
	return st.placed()
}

// stepOf is nil where there is no step for the size.
func (st *Stage) stepOf(batch int) *step {
	if !st.queue.static() {
		batch = anySize
	}
	return st.steps[batch]
}

// next adds the operations that take a mirror's part of a batch: images, float32
// [examples, height, width, channels] in 0 to 1, and labels, int64 [examples]. A part
// without examples has one image all the same: not every kernel takes none.
func (st *Stage) next(s *op.Scope, batch, mirror int) (part share, moved *tf.Operation) {
	indices, moved := st.queue.on(mirror).next(s, batch)
	own := indices
	if st.mirrors > 1 {
		part.batch = countRows(s.SubScope("batch"), indices)
		rows := spanOf(s.SubScope("rows"), part.batch, mirror, int(st.mirrors))
		part.rows = &rows
		own, indices = rows.filled(s).of(s.SubScope("own"), indices), rows.of(s.SubScope("part"), indices)
	}
	raw := op.ResourceGather(s.SubScope("images"), st.images.on(mirror).handle, own, tf.Uint8)
	part.images = op.Div(s.SubScope("scaled"), op.Cast(s.SubScope("pixels"), raw, tf.Float),
		op.Const(s.SubScope("white"), float32(255)))
	part.labels = op.Cast(s.SubScope("classes"),
		op.ResourceGather(s.SubScope("labels"), st.labels.on(mirror).handle, indices, tf.Uint8), tf.Int64)
	return part, moved
}

// measure adds the loss of logits to a step, and the sums of its metrics. It returns
// the gradient by the logits of the mean loss over the whole batch.
//
// The C API has no gradient for the cross-entropy kernel, and needs none: the
// kernel's second output is softmax(logits) - onehot(labels).
func (st *Stage) measure(s *op.Scope, built *step, logits tf.Output, part share) (gradient tf.Output) {
	labels := part.labels
	loss, backprop := st.crossEntropy(s.SubScope("xent"), logits, labels)
	all := op.Const(s.SubScope("all"), []int32{0})
	guess := op.ArgMax(s.SubScope("guess"), logits, op.Const(s.SubScope("axis"), int32(1)), op.ArgMaxOutputType(tf.Int64))
	hits := op.Cast(s.SubScope("hits"), op.Equal(s.SubScope("equal"), guess, labels), tf.Float)
	sums := op.Pack(s.SubScope("sums"), []tf.Output{
		op.Sum(s.SubScope("loss"), loss, all), op.Sum(s.SubScope("correct"), hits, all)})
	built.sums = append(built.sums, op.Cast(s.SubScope("wide"), sums, tf.Double))
	built.probabilities = append(built.probabilities, op.Softmax(s.SubScope("probabilities"), logits))
	return op.Div(s.SubScope("mean"), backprop, part.size(s))
}

// keepSums adds the metrics of the whole batch to those of the batches before.
func (st *Stage) keepSums(s *op.Scope, built *step) {
	if s.Err() == nil {
		built.targets = append(built.targets, op.AssignAddVariableOp(s.SubScope("keep"), st.sums.handle, addMirrored(s.SubScope("total"), built.sums)))
	}
}

// crossEntropy is the loss of each example and its gradient by the logits. The
// kernel for it is not deterministic on a GPU. Its formula is, from operations:
//
//	loss = log(sum(exp(x))) - x[label], of x = logits - max(logits)
//	gradient = softmax(logits) - onehot(label)
func (st *Stage) crossEntropy(s *op.Scope, logits, labels tf.Output) (loss, gradient tf.Output) {
	if !st.deterministic {
		return op.SparseSoftmaxCrossEntropyWithLogits(s, logits, labels)
	}
	axis := op.Const(s.SubScope("axis"), []int32{1})
	largest := op.Max(s.SubScope("largest"), logits, axis, op.MaxKeepDims(true))
	x := op.Sub(s.SubScope("shifted"), logits, largest)
	sum := op.Log(s.SubScope("log"), op.Sum(s.SubScope("sum"), op.Exp(s.SubScope("exp"), x), axis))
	truth := op.OneHot(s.SubScope("truth"), labels, op.Const(s.SubScope("classes"), int32(st.classes)),
		op.Const(s.SubScope("hit"), float32(1)), op.Const(s.SubScope("miss"), float32(0)))
	loss = op.Sub(s.SubScope("loss"), sum, op.Sum(s.SubScope("own"), op.Mul(s.SubScope("masked"), truth, x), axis))
	return loss, op.Sub(s.SubScope("gradient"), op.Softmax(s.SubScope("softmax"), logits), truth)
}

// size is the number of examples in the whole batch, float32.
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
