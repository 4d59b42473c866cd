package graphs

import (
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// replicas are copies of the model that share its weights. They process parts of the
// batch concurrently: on a CPU, a replica with its own core does not wait for other
// cores after each small operation.
type replicas struct {
	tape   *tape // of all replicas
	towers []*tower
}

// tower is the forward pass of one replica.
type tower struct {
	index   int
	rows    *span     // of the batch; nil if there is only one replica
	batch   tf.Output // number of examples in the whole batch, int32 [1]; not set if it was not needed
	logits  tf.Output
	updates map[string]tf.Output // of state variables, the same in all towers
	// meet waits for the other replicas and returns the sum of their parts. The
	// gradient crosses the sum only if it is differentiable.
	meet func(part tf.Output, differentiable bool) (total tf.Output)
}

// span is a part of the batch: rows from..to, int32 vectors of one element.
type span struct{ from, to tf.Output }

func (r span) of(s *op.Scope, x tf.Output) tf.Output {
	return op.StridedSlice(s, x, r.from, r.to, op.Const(s.SubScope("one"), []int32{1}))
}

// count returns the number of rows, int32 [1].
func (r span) count(s *op.Scope) tf.Output { return op.Sub(s, r.to, r.from) }

// filled returns the span, or one row if it is empty, as for some parts of a small last
// batch: not every kernel accepts an empty tensor.
func (r span) filled(s *op.Scope) span {
	s = s.SubScope("filled")
	next := op.AddV2(s.SubScope("next"), r.from, op.Const(s.SubScope("one"), []int32{1}))
	return span{r.from, op.Maximum(s, r.to, next)}
}

// first returns the span of as many rows that starts at row 0.
func (r span) first(s *op.Scope) span {
	s = s.SubScope("first")
	return span{op.Const(s.SubScope("zero"), []int32{0}), r.count(s)}
}

// replicate builds the forward passes: one per mirror, or else one per replica.
func (p *Program) replicate(s *op.Scope, passes []Pass, batch []share) *replicas {
	pass, images := passes[0], batch[0].images
	all := &replicas{tape: newTape(pass.Training)}
	all.tape.mirrors = p.mirrors
	if p.mirrors > 1 {
		all.mirror(s, p.model, passes, batch)
		return all
	}
	n := max(1, p.options.Replicas)
	if n == 1 {
		b := NewBuilder(s, pass)
		b.tape = all.tape
		all.towers = []*tower{{logits: p.model.Logits(b, images), updates: b.updates}}
		return all
	}
	for i, rows := range spans(s.SubScope("rows"), images, n) {
		all.towers = append(all.towers, &tower{index: i, rows: &rows})
	}
	all.inLockstep(s, func(t *tower) {
		part := s.SubScope("replica_" + strconv.Itoa(t.index))
		pass := pass
		pass.From = t.rows.from
		b := NewBuilder(part, pass)
		b.tape, b.tower, t.updates = all.tape, t, b.updates
		logits := p.model.Logits(b, t.rows.filled(part).of(part.SubScope("images"), images))
		if s.Err() == nil {
			logits = t.rows.first(part).of(part.SubScope("logits"), logits)
		}
		t.logits = logits
	})
	return all
}

// mirror builds the forward pass of each mirror, for its part of the batch.
func (r *replicas) mirror(s *op.Scope, m Model, passes []Pass, batch []share) {
	for i, part := range batch {
		r.towers = append(r.towers, &tower{index: i, rows: part.rows, batch: part.batch})
	}
	r.inLockstep(s, func(t *tower) {
		own, pass := r.tape.mirrors.scope(s, t.index), passes[t.index]
		pass.From = t.rows.from
		b := NewBuilder(own, pass)
		b.tape, b.tower, t.updates = r.tape, t, b.updates
		t.logits = m.Logits(b, batch[t.index].images)
		if s.Err() == nil {
			t.logits = t.rows.first(own).of(own.SubScope("logits"), t.logits)
		}
	})
}

// spans divides the rows of x into n parts, as equal as possible.
func spans(s *op.Scope, x tf.Output, n int) []span {
	rows := countRows(s.SubScope("all"), x)
	cut := func(i int) tf.Output {
		part := s.SubScope("cut_" + strconv.Itoa(i))
		share := op.Mul(part.SubScope("share"), rows, op.Const(part.SubScope("i"), []int32{int32(i)}))
		return op.FloorDiv(part.SubScope("row"), share, op.Const(part.SubScope("n"), []int32{int32(n)}))
	}
	cuts := []tf.Output{cut(0)}
	var all []span
	for i := range n {
		cuts = append(cuts, cut(i+1))
		all = append(all, span{cuts[i], cuts[i+1]})
	}
	return all
}

// countRows returns the number of x's rows, int32 [1].
func countRows(s *op.Scope, x tf.Output) tf.Output {
	zero, one := op.Const(s.SubScope("zero"), []int32{0}), op.Const(s.SubScope("one"), []int32{1})
	return op.StridedSlice(s, op.Shape(s, x), zero, one, one)
}

// logits returns the logits of the whole batch, or of each mirror's part.
func (r *replicas) logits(s *op.Scope) []tf.Output {
	if len(r.towers) == 1 || s.Err() != nil {
		return []tf.Output{r.towers[0].logits}
	}
	var all []tf.Output
	for _, t := range r.towers {
		all = append(all, t.logits)
	}
	if r.tape.mirrors > 1 {
		return all
	}
	s = s.SubScope("logits")
	return []tf.Output{op.ConcatV2(s, all, op.Const(s.SubScope("axis"), int32(0)))}
}

// gradients returns the gradients in a type, on each mirror, summed over the replicas.
// upstream are the gradients with respect to the logits.
func (r *replicas) gradients(s *op.Scope, weights []Weight, upstream []tf.Output, dtype tf.DataType) [][]tf.Output {
	s = s.SubScope("gradients")
	var logits, parts []tf.Output
	for i, t := range r.towers {
		part := upstream[min(i, len(upstream)-1)]
		if t.rows != nil && r.tape.mirrors < 2 {
			part = t.rows.of(s.SubScope("upstream"), part)
		}
		logits, parts = append(logits, t.logits), append(parts, part)
	}
	return r.tape.gradients(s, weights, logits, parts, dtype)
}
