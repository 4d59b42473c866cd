package graphs

import (
	"fmt"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Builder is the interface of layers to the graph under construction. It represents one
// pass over the model, for training or for inference.
type Builder struct {
	scope  *op.Scope
	pass   Pass
	layer  string
	stream string // identifies the random numbers of each call of each layer
	tape   *tape
	tower  *tower // nil if the pass takes the whole batch

	updates map[string]tf.Output // next values of state variables
}

// Pass describes one pass of a Builder.
type Pass struct {
	Training bool
	Weights  map[string]tf.Output // values of the weights by name, in the type in which layers compute
	Float32  map[string]tf.Output // values of the weights in float32; missing names are as in Weights
	Seed     int64                // key of the random operations, together with Step
	Step     tf.Output            // int64 scalar; required for training
	From     tf.Output            // index of the pass's first example in the batch, int32 [1]; 0 if not set
	// Deterministic restricts the gradients to operations that have a deterministic
	// kernel on every device.
	Deterministic bool
}

// NewBuilder returns a builder that adds operations to a scope.
func NewBuilder(s *op.Scope, p Pass) *Builder {
	return &Builder{scope: s, pass: p, tape: newTape(p.Training), updates: map[string]tf.Output{}}
}

// Scope returns a new scope of the given name within the builder's scope. Operations in
// one scope need different types or names, because TensorFlow requires unique names.
func (b *Builder) Scope(name string) *op.Scope { return b.scope.SubScope(name) }

// Within returns a builder for the same pass whose operations are named after a layer.
func (b *Builder) Within(layer string) *Builder { return b.WithinCall(layer, 0) }

// WithinCall is like Within, for one of several calls of the same layer. The calls
// share the layer's weights, and each draws its own random numbers.
func (b *Builder) WithinCall(layer string, call int) *Builder {
	inner := *b
	inner.scope, inner.layer, inner.stream = b.scope.SubScope(layer), layer, layer
	if call > 0 {
		inner.stream = fmt.Sprintf("%s/%d", layer, call)
	}
	return &inner
}

// Training reports whether this pass is for training, with dropout.
func (b *Builder) Training() bool { return b.pass.Training }

// Weight returns the value of a weight of the model, in the type in which layers
// compute.
func (b *Builder) Weight(name string) tf.Output {
	w, ok := b.pass.Weights[name]
	if !ok {
		b.Fail(fmt.Errorf("weight %q was not declared", name))
		return w
	}
	b.tape.use(name, w)
	return w
}

// Float32 returns the value of a weight in float32 in every precision, for example of a
// moving average or the scale of a normalization.
func (b *Builder) Float32(name string) tf.Output {
	w, ok := b.pass.Float32[name]
	if !ok {
		return b.Weight(name)
	}
	b.tape.use(name, w)
	return w
}

// Update sets the next value of a state variable, which next computes from the present
// value. In a step all readers of the variable see its old value; a second update
// continues from the first. In inference Update has no effect.
//
// A next value that depends on the examples must use SumBatch, because each replica of
// the model sees only a part of the batch.
func (b *Builder) Update(name string, next func(value tf.Output) tf.Output) {
	if !b.pass.Training || b.Failed() {
		return
	}
	value, pending := b.updates[name]
	if !pending {
		value = b.Float32(name)
	}
	if b.Failed() {
		return
	}
	b.updates[name] = next(value)
}

// Fail makes the compilation of the graph return err.
func (b *Builder) Fail(err error) { b.scope.UpdateErr("model", err) }

// Failed reports whether an error has occurred. The outputs of later operations must
// not be used.
func (b *Builder) Failed() bool { return b.scope.Err() != nil }

// scopeError returns the error of a scope without the stack trace that graft adds.
func scopeError(s *op.Scope) error {
	err := s.Err()
	if err == nil {
		return nil
	}
	message, _, _ := strings.Cut(err.Error(), " (Stacktrace:")
	return fmt.Errorf("graphs: %s", message)
}
