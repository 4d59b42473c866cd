package graphs

import (
	"fmt"
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Reduction is a way to sum the gradients of several mirrors. All ways give the same
// bits.
//
// With n mirrors and G bytes of gradients, a mirror sends
//
//	all      (n-1) G    in one exchange
//	sharded  2(n-1)/n G in two consecutive exchanges
type Reduction string

// The ways. The zero value is AutoReduce.
const (
	AutoReduce Reduction = ""        // depends on the number of mirrors and the size of the gradients
	ReduceAll  Reduction = "all"     // each mirror receives all gradients of all others, and sums them
	Sharded    Reduction = "sharded" // each mirror sums one part and sends the sums to the others
)

// ParseReduction checks the spelling of a reduction. "auto" is AutoReduce.
func ParseReduction(s string) (Reduction, error) {
	switch r := Reduction(s); r {
	case ReduceAll, Sharded, AutoReduce:
		return r, nil
	case "auto":
		return AutoReduce, nil
	}
	return "", fmt.Errorf("graphs: unknown reduction %q: want auto, %s or %s", s, ReduceAll, Sharded)
}

// bucketBytes is the number of bytes of gradients sent together: few enough that
// sending starts early in the backward pass, and enough that the overhead per message
// is negligible.
const bucketBytes = 1 << 20

// smallGradients is the size up to which a second exchange costs more time than it
// saves.
const smallGradients = 256 << 10

// For returns the way to sum the given number of bytes on n mirrors.
func (r Reduction) For(n, bytes int) Reduction {
	switch {
	case r != AutoReduce:
		return r
	case n <= 2 || bytes <= smallGradients:
		return ReduceAll
	}
	return Sharded
}

// Traffic returns the number of bytes of gradients that all n mirrors together send in
// a step.
func (r Reduction) Traffic(n, bytes int) int {
	if n < 2 {
		return 0
	}
	if r.For(n, bytes) == ReduceAll {
		return n * (n - 1) * bytes
	}
	return 2 * (n - 1) * bytes
}

// GradientBytes returns the size of a model's gradients, which are float32.
func GradientBytes(m Model) int {
	bytes := 0
	for _, w := range trained(m.Weights()) {
		bytes += 4 * w.Size()
	}
	return bytes
}

// reduce sums the gradients of all mirrors and returns the sums on each.
//
// The gradients of the last weights are complete first: they are sent while the
// backward pass continues.
func (p *Program) reduce(s *op.Scope, gradients [][]tf.Output) [][]tf.Output {
	if p.mirrors < 2 || s.Err() != nil {
		return gradients
	}
	weights := trained(p.model.Weights())
	r := &reducer{scope: s.SubScope("reduce"), mirrors: p.mirrors, way: p.options.Cluster.Reduce.For(int(p.mirrors), GradientBytes(p.model))}
	sums := make([][]tf.Output, p.mirrors)
	for m := range sums {
		sums[m] = make([]tf.Output, len(weights))
	}
	for end := len(weights); end > 0; {
		begin, bytes := end, 0
		for begin > 0 && bytes < bucketBytes {
			begin--
			bytes += 4 * weights[begin].Size()
		}
		for m, parts := range r.bucket(weights[begin:end], gradients, begin) {
			copy(sums[m][begin:end], parts)
		}
		end = begin
	}
	return sums
}

// reducer adds the operations that sum gradients.
type reducer struct {
	scope   *op.Scope
	mirrors mirrors
	way     Reduction
	buckets int
}

// bucket sums the gradients of some weights, which start at an index among all.
func (r *reducer) bucket(weights []Weight, gradients [][]tf.Output, begin int) [][]tf.Output {
	s := r.scope.SubScope("bucket_" + strconv.Itoa(r.buckets))
	r.buckets++
	vectors := make([]tf.Output, r.mirrors)
	size := 0
	for _, w := range weights {
		size += w.Size()
	}
	for m := range vectors {
		vectors[m] = joined(r.mirrors.scope(s, m).SubScope("join"), gradients[m][begin:begin+len(weights)])
	}
	var totals []tf.Output
	if r.way == ReduceAll || size < int(r.mirrors) {
		totals = r.sumAll(s, vectors)
	} else {
		totals = r.sumSharded(s, vectors, size)
	}
	sums := make([][]tf.Output, r.mirrors)
	for m := range sums {
		sums[m] = parted(r.mirrors.scope(s, m).SubScope("part"), totals[m], weights)
	}
	return sums
}

// sumAll lets each mirror sum all vectors.
func (r *reducer) sumAll(s *op.Scope, vectors []tf.Output) []tf.Output {
	totals := make([]tf.Output, len(vectors))
	for m := range totals {
		totals[m] = addMirrored(r.mirrors.scope(s, m).SubScope("sum"), vectors)
	}
	return totals
}

// sumSharded lets each mirror sum a part of the vectors of a size.
func (r *reducer) sumSharded(s *op.Scope, vectors []tf.Output, size int) []tf.Output {
	n := int(r.mirrors)
	sizes := make([]int, n)
	for c := range sizes {
		from, to := spanAt(size, c, n)
		sizes[c] = to - from
	}
	parts := make([][]tf.Output, n) // for each part, the mirrors' shares
	for m, v := range vectors {
		for c, part := range split(r.mirrors.scope(s, m).SubScope("shards"), v, sizes) {
			parts[c] = append(parts[c], part)
		}
	}
	if s.Err() != nil {
		return vectors
	}
	shards := make([]tf.Output, n)
	for c := range shards {
		shards[c] = addMirrored(r.mirrors.scope(s, c).SubScope("sum"), parts[c])
	}
	totals := make([]tf.Output, n)
	for m := range totals {
		own := r.mirrors.scope(s, m).SubScope("gather")
		totals[m] = op.ConcatV2(own, shards, op.Const(own.SubScope("axis"), int32(0)))
	}
	return totals
}

// joined returns tensors as one vector.
func joined(s *op.Scope, tensors []tf.Output) tf.Output {
	var flat []tf.Output
	for _, x := range tensors {
		flat = append(flat, op.Reshape(s.SubScope("flat"), x, op.Const(s.SubScope("vector"), []int32{-1})))
	}
	if len(flat) == 1 {
		return flat[0]
	}
	return op.ConcatV2(s, flat, op.Const(s.SubScope("axis"), int32(0)))
}

// parted is the inverse of joined.
func parted(s *op.Scope, vector tf.Output, weights []Weight) []tf.Output {
	sizes := make([]int, len(weights))
	for i, w := range weights {
		sizes[i] = w.Size()
	}
	parts := split(s, vector, sizes)
	for i := range parts {
		parts[i] = op.Reshape(s.SubScope("shaped"), parts[i], op.Const(s.SubScope("shape"), int64s(weights[i].Shape)))
	}
	return parts
}

// split splits a vector.
func split(s *op.Scope, vector tf.Output, sizes []int) []tf.Output {
	if len(sizes) == 1 || s.Err() != nil {
		return []tf.Output{vector}
	}
	return op.SplitV(s, vector, op.Const(s.SubScope("sizes"), int64s(sizes)), op.Const(s.SubScope("axis"), int32(0)), int64(len(sizes)))
}
