package graphs

import (
	"fmt"
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// step holds the operations that process a batch.
type step struct {
	targets       []*tf.Operation
	probabilities []tf.Output // of each mirror's part of the batch, [examples, classes]
	sums          []tf.Output // of the metrics over each mirror's part, float64 [2]
}

// buildStep adds the step for batches of one size to the graph. An error is stored in
// the scope.
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

// prepare ensures that there is a step for a batch size. TensorFlow allows a graph to
// grow between the runs of its session.
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

// stepOf returns the step for a batch size, or nil.
func (st *Stage) stepOf(batch int) *step {
	if !st.queue.static() {
		batch = anySize
	}
	return st.steps[batch]
}

// next adds the operations that take a mirror's part of a batch: images, float32
// [examples, height, width, channels] in the range 0 to 1, and labels, int64
// [examples]. A part without examples has one image nevertheless, because not every
// kernel accepts an empty tensor.
func (st *Stage) next(s *op.Scope, batch, mirror int) (part share, moved *tf.Operation) {
	indices, moved := st.queue.on(mirror).next(s, batch)
	own := indices
	if st.mirrors > 1 {
		var rows span
		if batch == anySize {
			part.batch = countRows(s.SubScope("batch"), indices)
			rows = spanOf(s.SubScope("rows"), part.batch, mirror, int(st.mirrors))
		} else { // constants, which XLA requires, and which need no work on the host
			part.batch = op.Const(s.SubScope("batch"), []int32{int32(batch)})
			rows = constantSpan(s.SubScope("rows"), batch, mirror, int(st.mirrors))
		}
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
