package graphs

import (
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// queue is the order in which a stage takes its examples, and the place in it, as
// variables of the graph. It comes in two kinds.
//
// On a CPU the batch is one more variable, and one step serves all batches: it
// takes a slice of the order, whose bounds are computed, and which ends early
// at the last batch.
//
// On a GPU and with XLA each size of batch has a step of its own. All shapes are
// then known when the graph is built, which XLA wants, and nothing is left for
// the CPU to do: the bounds of a slice would have to be in the memory of the
// host. Order and place are int64, because TensorFlow keeps int32 values in the
// memory of the host, too.
type queue struct {
	order, cursor, batch variable // batch is not set where steps are for one size
}

// anySize stands for the size of a batch where one step serves all of them.
const anySize = 0

func newQueue(s *op.Scope, static bool, n mirrors) queue {
	if static {
		q := queue{order: newVariable(s, "order", tf.Int64, -1), cursor: newVariable(s, "cursor", tf.Int64)}
		q.order.feed = op.Placeholder(s.SubScope("narrow"), tf.Int32, op.PlaceholderShape(tf.MakeShape(-1))) // half the bytes to copy
		q.order.assign = op.AssignVariableOp(s.SubScope("widen"), q.order.handle, cast(s.SubScope("widen"), q.order.feed, tf.Int64))
		return q
	}
	return queue{
		order:  n.variable(s, "order", tf.Int32, -1),
		cursor: n.variable(s, "cursor", tf.Int64),
		batch:  n.variable(s, "batch", tf.Int64),
	}
}

// on is the queue of one mirror.
func (q queue) on(mirror int) queue {
	return queue{q.order.on(mirror), q.cursor.on(mirror), q.batch.on(mirror)}
}

// next adds the operations that take the indices of the next batch, of so many
// examples, and move on.
func (q queue) next(s *op.Scope, batch int) (indices tf.Output, moved *tf.Operation) {
	if batch == anySize {
		return q.slice(s)
	}
	places := make([]int64, batch)
	for i := range places {
		places[i] = int64(i)
	}
	at := op.AddV2(s.SubScope("at"), q.cursor.value, op.Const(s.SubScope("places"), places))
	end := op.AddV2(s.SubScope("end"), q.cursor.value, op.Const(s.SubScope("batch"), int64(batch)))
	indices = op.ResourceGather(s.SubScope("indices"), q.order.handle, at, tf.Int64)
	return indices, op.AssignVariableOp(s.SubScope("move"), q.cursor.handle, end)
}

func (q queue) slice(s *op.Scope) (indices tf.Output, moved *tf.Operation) {
	end := op.AddV2(s.SubScope("end"), q.cursor.value, q.batch.value)
	vector := op.Const(s.SubScope("vector"), []int32{1})
	one := op.Const(s.SubScope("one"), []int64{1})
	indices = op.StridedSlice(s.SubScope("indices"), q.order.value,
		op.Reshape(s.SubScope("from"), q.cursor.value, vector),
		op.Reshape(s.SubScope("to"), end, vector), one)
	return indices, op.AssignVariableOp(s.SubScope("move"), q.cursor.handle, end)
}

// begin puts an order into the graph, with the place at its start. For XLA,
// which compiles anew for an array of another length, it is filled up to the
// number of rows of the data.
func (q queue) begin(all *state, order []int32, rows int) {
	if q.static() {
		order = append(slices.Clip(order), make([]int32, max(0, rows-len(order)))...)
	}
	t, err := tf.NewTensor(order)
	all.set(q.order, t, err)
	t, err = tf.NewTensor(int64(0))
	all.set(q.cursor, t, err)
}

// setBatch sets the number of examples in a batch where the graph asks for it.
func (q queue) setBatch(all *state, batch int) {
	if !q.static() {
		t, err := tf.NewTensor(int64(batch))
		all.set(q.batch, t, err)
	}
}

func (q queue) static() bool { return q.batch.handle.Op == nil }
