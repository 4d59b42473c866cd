package graphs

import (
	"fmt"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Builder is what layers see of the graph under construction: one pass over the
// model, for training or for inference.
type Builder struct {
	scope  *op.Scope
	pass   Pass
	layer  string
	stream string // of the random numbers: one for each call of each layer
	tape   *tape
	tower  *tower // nil: the pass is the only one over the batch

	updates map[string]tf.Output // the next values of state variables
}

// Pass describes one pass of a Builder.
type Pass struct {
	Training bool
	Weights  map[string]tf.Output // the values of the weights, by name, in the type that layers compute in
	Float32  map[string]tf.Output // the same values as the variables hold them; a name that is not here: as in Weights
	Seed     int64                // keys the random operations, together with Step
	Step     tf.Output            // int64 scalar; needed for training
	From     tf.Output            // the pass's first example in the batch, int32 [1]; not set: 0
	// Deterministic says that the gradients may only be made of operations that have
	// a deterministic kernel everywhere.
	Deterministic bool
}

// NewBuilder makes a builder that adds to a scope.
func NewBuilder(s *op.Scope, p Pass) *Builder {
	return &Builder{scope: s, pass: p, tape: newTape(p.Training), updates: map[string]tf.Output{}}
}

// Scope is a new scope of this name within the builder's own. Operations of one
// scope need different types or names: TensorFlow wants names to be unique.
func (b *Builder) Scope(name string) *op.Scope { return b.scope.SubScope(name) }

// Within is the same pass, with the operations that it adds named under a layer.
func (b *Builder) Within(layer string) *Builder { return b.WithinCall(layer, 0) }

// WithinCall is Within for one of several calls of the same layer. The calls share
// the layer's weights, and each draws random numbers of its own.
func (b *Builder) WithinCall(layer string, call int) *Builder {
	inner := *b
	inner.scope, inner.layer, inner.stream = b.scope.SubScope(layer), layer, layer
	if call > 0 {
		inner.stream = fmt.Sprintf("%s/%d", layer, call)
	}
	return &inner
}

// Training says whether this pass is one of training: whether dropout is on.
func (b *Builder) Training() bool { return b.pass.Training }

// Weight is the value of a weight of the model, in the type that layers compute in.
func (b *Builder) Weight(name string) tf.Output {
	w, ok := b.pass.Weights[name]
	if !ok {
		b.Fail(fmt.Errorf("weight %q was not declared", name))
		return w
	}
	b.tape.use(name, w)
	return w
}

// Float32 is the value of a weight as its variable holds it, float32 whatever the
// precision: a moving average, or what a normalization scales by.
func (b *Builder) Float32(name string) tf.Output {
	w, ok := b.pass.Float32[name]
	if !ok {
		return b.Weight(name)
	}
	b.tape.use(name, w)
	return w
}

// Update gives a state variable its next value, which next makes of the value
// before. In a step all readers of the variable see its old value; a second update
// of it continues from the first. Updates belong to training: in inference nothing
// is added.
//
// What the next value takes from the examples has to be made of SumBatch: each
// replica of the model sees a part of the batch only.
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

// Fail makes the graph's compilation end with this error.
func (b *Builder) Fail(err error) { b.scope.UpdateErr("model", err) }

// Failed says whether an error has ended the compilation: what operations
// return from then on must not be touched.
func (b *Builder) Failed() bool { return b.scope.Err() != nil }

// scopeError is the error of a scope without the stack trace that graft adds.
func scopeError(s *op.Scope) error {
	err := s.Err()
	if err == nil {
		return nil
	}
	message, _, _ := strings.Cut(err.Error(), " (Stacktrace:")
	return fmt.Errorf("graphs: %s", message)
}
