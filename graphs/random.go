package graphs

import (
	"hash/fnv"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// perCount is the number of words that TensorFlow's generator (Philox; Salmon et al.,
// 2011) computes from one value of its counter.
const perCount = 4

// RandomWords draws n words of 32 bits for each example of the pass, uint32 [examples
// of x, n]. They depend only on the seed, the layer, the step and the example's
// position in the batch, so that a step can be repeated, and a batch divided among
// passes. With XLA the numbers are different.
func (b *Builder) RandomWords(x tf.Output, n int64) tf.Output {
	s := b.Scope("words")
	counts := (n + perCount - 1) / perCount // per example
	shape := op.ConcatV2(s.SubScope("shape"), []tf.Output{countRows(s.SubScope("examples"), x), op.Const(s.SubScope("width"), []int32{int32(perCount * counts)})},
		op.Const(s.SubScope("axis"), int32(0)))
	key, counter := op.StatelessRandomGetKeyCounter(s, b.randomSeed(s))
	if b.pass.From.Op != nil {
		counter = advance(s.SubScope("advance"), counter, b.pass.From, counts)
	}
	words := op.StatelessRandomUniformFullIntV2(s, shape, key, counter,
		op.StatelessRandomGetAlg(s), op.StatelessRandomUniformFullIntV2Dtype(tf.Uint32))
	if n == perCount*counts {
		return words
	}
	return op.Slice(s, words, op.Const(s.SubScope("begin"), []int32{0, 0}), op.Const(s.SubScope("size"), []int32{-1, int32(n)}))
}

// randomSeed returns the seed of the layer and the step, int64 [2].
func (b *Builder) randomSeed(s *op.Scope) tf.Output {
	hash := fnv.New64a()
	hash.Write([]byte(b.stream))
	stream := op.Const(s.SubScope("stream"), b.pass.Seed+int64(hash.Sum64()))
	return op.Pack(s.SubScope("seed"), []tf.Output{stream, b.pass.Step})
}

// advance advances a counter, uint64 [2], past the given number of examples. Its low
// half starts at 0 (GenerateKey in tensorflow/core/kernels/stateless_random_ops.cc), so
// there is never a carry.
func advance(s *op.Scope, counter, examples tf.Output, counts int64) tf.Output {
	wide := op.Cast(s.SubScope("wide"), examples, tf.Uint64)
	low := op.Mul(s, wide, op.Const(s.SubScope("counts"), uint64(counts)))
	skip := op.ConcatV2(s, []tf.Output{low, op.Const(s.SubScope("high"), []uint64{0})}, op.Const(s.SubScope("axis"), int32(0)))
	return op.AddV2(s, counter, skip)
}
