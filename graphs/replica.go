package graphs

import (
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// replicas are copies of the model that share its weights. Each takes a part of
// the batch, all at the same time: on a CPU a replica with a core of its own does
// not wait for another core after each small operation.
type replicas []replica

type replica struct {
	builder *Builder
	logits  tf.Output
	rows    span
}

// span is a part of the batch: rows from..to, int32 vectors of one element.
type span struct{ from, to tf.Output }

func (r span) of(s *op.Scope, x tf.Output) tf.Output {
	return op.StridedSlice(s, x, r.from, r.to, op.Const(s.SubScope("one"), []int32{1}))
}

// filled has a row where the span is empty, as it is for some of the parts of a
// last batch of few examples: not every kernel takes none.
func (r span) filled(s *op.Scope) span {
	s = s.SubScope("filled")
	next := op.AddV2(s.SubScope("next"), r.from, op.Const(s.SubScope("one"), []int32{1}))
	return span{r.from, op.Maximum(s, r.to, next)}
}

// first are as many rows, from the first one.
func (r span) first(s *op.Scope) span {
	s = s.SubScope("first")
	return span{op.Const(s.SubScope("zero"), []int32{0}), op.Sub(s, r.to, r.from)}
}

// replicate builds the forward passes.
func (p *Program) replicate(s *op.Scope, pass Pass, images tf.Output) replicas {
	n := max(1, p.options.Replicas)
	if n == 1 {
		b := NewBuilder(s, pass)
		return replicas{{builder: b, logits: p.model.Logits(b, images)}}
	}
	var all replicas
	for i, rows := range spans(s.SubScope("rows"), images, n) {
		part := s.SubScope("replica_" + strconv.Itoa(i))
		pass.From = rows.from
		b := NewBuilder(part, pass)
		logits := p.model.Logits(b, rows.filled(part).of(part.SubScope("images"), images))
		if s.Err() != nil {
			return replicas{{builder: b, logits: logits}}
		}
		logits = rows.first(part).of(part.SubScope("logits"), logits)
		all = append(all, replica{builder: b, logits: logits, rows: rows})
	}
	return all
}

// spans divides the rows of x into n parts, as even as can be.
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

// countRows is the number of x's rows, int32 [1].
func countRows(s *op.Scope, x tf.Output) tf.Output {
	zero, one := op.Const(s.SubScope("zero"), []int32{0}), op.Const(s.SubScope("one"), []int32{1})
	return op.StridedSlice(s, op.Shape(s, x), zero, one, one)
}

// logits are those of the whole batch.
func (r replicas) logits(s *op.Scope) tf.Output {
	if len(r) == 1 || s.Err() != nil {
		return r[0].logits
	}
	var all []tf.Output
	for _, part := range r {
		all = append(all, part.logits)
	}
	s = s.SubScope("logits")
	return op.ConcatV2(s, all, op.Const(s.SubScope("axis"), int32(0)))
}

// gradients are float32, and sums over the replicas.
func (r replicas) gradients(s *op.Scope, weights []Weight, upstream tf.Output) []tf.Output {
	s = s.SubScope("gradients")
	parts := make([][]tf.Output, len(weights))
	for i, part := range r {
		own := s.SubScope("replica_" + strconv.Itoa(i))
		mine := upstream
		if len(r) > 1 {
			mine = part.rows.of(own.SubScope("upstream"), upstream)
		}
		for j, g := range part.builder.tape.gradients(own, weights, part.logits, mine) {
			parts[j] = append(parts[j], cast(own, g, tf.Float))
		}
		if s.Err() != nil {
			return nil
		}
	}
	sums := make([]tf.Output, len(weights))
	for j, all := range parts {
		if sums[j] = all[0]; len(all) > 1 {
			sums[j] = op.AddN(s.SubScope("sum"), all)
		}
	}
	return sums
}
