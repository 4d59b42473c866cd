package graphs

import (
	"errors"
	"iter"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// SumBatch sums x over its first axis, that of the batch, and over more axes, over all
// examples of the batch: with several replicas, over those of all replicas. Its
// gradient crosses the replicas in the same way. The result has the shape of x with
// those axes of length 1, and is the same tensor in each replica.
func (b *Builder) SumBatch(x tf.Output, axes ...int32) tf.Output {
	s := b.Scope("sum_batch")
	sum := op.Sum(s, x, op.Const(s.SubScope("axes"), append([]int32{0}, axes...)), op.SumKeepDims(true))
	if b.tower == nil || b.Failed() {
		return sum
	}
	real := cast(s, op.Reshape(s.SubScope("real"), b.tower.isReal(s), op.Const(s.SubScope("scalar"), []int32{})), x.DataType())
	return b.tower.meet(op.Mul(s.SubScope("examples"), sum, real), true)
}

// MeanBatch returns the mean over the axes that SumBatch sums.
func (b *Builder) MeanBatch(x tf.Output, axes ...int32) tf.Output {
	s := b.Scope("mean_batch")
	if b.tower == nil || b.Failed() {
		return op.Mean(s, x, op.Const(s.SubScope("axes"), append([]int32{0}, axes...)), op.MeanKeepDims(true))
	}
	count := b.BatchSize(x, x.DataType())
	for _, axis := range axes {
		length := cast(s.SubScope("length"), op.Const(s.SubScope("length"), float32(x.Shape().Size(int(axis)))), x.DataType())
		count = op.Mul(s.SubScope("count"), count, length)
	}
	return op.Div(s, b.SumBatch(x, axes...), count)
}

// BatchSize returns the number of examples in the batch of the step, as a scalar of a
// type.
func (b *Builder) BatchSize(x tf.Output, dtype tf.DataType) tf.Output {
	s := b.Scope("batch_size")
	rows := countRows(s, x)
	if b.tower != nil && b.tower.batch.Op != nil {
		rows = b.tower.batch
	} else if b.tower != nil {
		rows = b.tower.meet(b.tower.rows.count(s), false)
	}
	return op.Cast(s, op.Reshape(s, rows, op.Const(s.SubScope("scalar"), []int32{})), dtype)
}

// isReal is 1 if the tower has examples, and 0 if a filler row replaces them, int32
// [1].
func (t *tower) isReal(s *op.Scope) tf.Output {
	s = s.SubScope("is_real")
	return op.Minimum(s, t.rows.count(s), op.Const(s.SubScope("one"), []int32{1}))
}

// meeting is a replica that waits with its part of a sum.
type meeting struct {
	part, total    tf.Output
	differentiable bool
}

// inLockstep builds the towers in turns, each up to the next sum over the whole batch,
// where it waits for the others.
func (r *replicas) inLockstep(s *op.Scope, build func(t *tower)) {
	var advance []func() (*meeting, bool)
	for _, t := range r.towers {
		next, stop := iter.Pull(func(yield func(*meeting) bool) {
			t.meet = func(part tf.Output, differentiable bool) tf.Output {
				m := &meeting{part: part, differentiable: differentiable}
				if s.Err() != nil || !yield(m) {
					return part
				}
				return m.total
			}
			build(t)
		})
		defer stop()
		advance = append(advance, next)
	}
	for {
		var waiting []*meeting
		for _, next := range advance {
			if m, ok := next(); ok {
				waiting = append(waiting, m)
			}
		}
		if len(waiting) == 0 || s.Err() != nil {
			return
		}
		if len(waiting) < len(r.towers) {
			s.UpdateErr("replicas", errors.New("the replicas of the model were built differently: want the same operations in each call of Logits"))
			return
		}
		r.tape.together(s.SubScope("total"), waiting)
	}
}

// together sums the parts of all replicas.
func (t *tape) together(s *op.Scope, waiting []*meeting) {
	var parts []tf.Output
	for _, m := range waiting {
		parts = append(parts, m.part)
	}
	var total tf.Output
	if t.mirrors > 1 {
		total = addMirrored(s, parts)
	} else {
		total = op.AddN(s, parts)
	}
	if waiting[0].differentiable {
		total = t.total(s, parts, total)
	}
	for _, m := range waiting {
		m.total = total
	}
}

// total makes the sum of the parts a link: the gradient with respect to each part is
// that with respect to the sum.
func (t *tape) total(s *op.Scope, parts []tf.Output, sum tf.Output) tf.Output {
	return t.link(s, &link{in: parts, back: func(_ *op.Scope, upstream gradient) []gradient {
		all := make([]gradient, len(parts))
		for i := range all {
			all[i] = upstream
		}
		return all
	}}, sum)
}
