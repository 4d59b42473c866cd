package graphs

import (
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// queue is the order in which a stage takes its examples, and the position in that
// order, as variables of the graph. There are two kinds.
//
// On a CPU the batch size is another variable, and one step serves all batch sizes: it
// takes a slice of the order with computed bounds, which is shorter for the last batch.
//
// On a GPU and with XLA each batch size has its own step. All shapes are then known
// when the graph is built, as XLA requires, and the CPU has nothing to do; the bounds
// of a slice would have to be in host memory. Order and position are int64, because
// TensorFlow keeps int32 values in host memory.
type queue struct {
	order, cursor, batch variable // batch is not set if each batch size has its own step
}

// anySize is the batch size of a step that serves all sizes.
const anySize = 0

func newQueue(s *op.Scope, static bool, n mirrors) queue {
	if static {
		q := queue{order: n.variable(s, "order", tf.Int64, -1), cursor: n.variable(s, "cursor", tf.Int64)}
		q.order.narrow(s, n)
		return q
	}
	return queue{
		order:  n.variable(s, "order", tf.Int32, -1),
		cursor: n.variable(s, "cursor", tf.Int64),
		batch:  n.variable(s, "batch", tf.Int64),
	}
}

// narrow makes the assignments of an int64 variable take int32 values, which are half
// the bytes to copy.
func (v *variable) narrow(s *op.Scope, n mirrors) {
	feed := func(s *op.Scope) tf.Output {
		return op.Placeholder(s.SubScope("narrow"), tf.Int32, op.PlaceholderShape(tf.MakeShape(-1)))
	}
	assign := func(s *op.Scope, handle, x tf.Output) *tf.Operation {
		return op.AssignVariableOp(s.SubScope("widen"), handle, cast(s.SubScope("widen"), x, tf.Int64))
	}
	v.feed = feed(s)
	if len(v.copies) == 0 {
		v.assign = assign(s, v.handle, v.feed)
		return
	}
	var set []*tf.Operation
	for m := range v.copies {
		own, c := n.scope(s, m), &v.copies[m]
		set = append(set, assign(own, c.handle, v.feed))
		c.feed = feed(own)
		c.assign = assign(own, c.handle, c.feed)
	}
	v.assign = op.NoOp(s.SubScope("widen/all").WithControlDependencies(set...))
}

// on returns the queue of one mirror.
func (q queue) on(mirror int) queue {
	return queue{q.order.on(mirror), q.cursor.on(mirror), q.batch.on(mirror)}
}

// next adds the operations that take the indices of the next batch of the given size
// and advance the position.
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

// begin sets the order and resets the position. XLA compiles again for an array of
// another length, so for XLA the order is padded to the number of rows of the data.
func (q queue) begin(all *state, order []int32, rows int) {
	if q.static() {
		order = append(slices.Clip(order), make([]int32, max(0, rows-len(order)))...)
	}
	t, err := tf.NewTensor(order)
	all.set(q.order, t, err)
	t, err = tf.NewTensor(int64(0))
	all.set(q.cursor, t, err)
}

// setBatch sets the number of examples in a batch if the graph has a variable for it.
func (q queue) setBatch(all *state, batch int) {
	if !q.static() {
		t, err := tf.NewTensor(int64(batch))
		all.set(q.batch, t, err)
	}
}

func (q queue) static() bool { return q.batch.handle.Op == nil }
