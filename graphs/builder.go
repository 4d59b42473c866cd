package graphs

import (
	"fmt"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Builder is what layers see of the graph that is being built: one pass over
// the model, for training or for inference.
type Builder struct {
	scope *op.Scope
	pass  Pass
	layer string
	tape  *tape
}

// Pass describes one pass of a Builder.
type Pass struct {
	Training bool
	Weights  map[string]tf.Output // the values of the weights, by name
	Seed     int64                // keys the random operations, together with Step
	Step     tf.Output            // int64 scalar; needed for training
	From     tf.Output            // the pass's first example in the batch, int32 [1]; not set: 0
}

// NewBuilder makes a builder that adds to a scope.
func NewBuilder(s *op.Scope, p Pass) *Builder {
	return &Builder{scope: s, pass: p, tape: newTape()}
}

// Scope is a new scope of this name within the builder's own. Operations of one
// scope need different types or names: TensorFlow wants names to be unique.
func (b *Builder) Scope(name string) *op.Scope { return b.scope.SubScope(name) }

// Within is the same pass with all that is added named under a layer.
func (b *Builder) Within(layer string) *Builder {
	return &Builder{scope: b.scope.SubScope(layer), pass: b.pass, layer: layer, tape: b.tape}
}

// Training says whether this pass is one of training: whether dropout is on.
func (b *Builder) Training() bool { return b.pass.Training }

// Weight is the value of a weight of the model.
func (b *Builder) Weight(name string) tf.Output {
	w, ok := b.pass.Weights[name]
	if !ok {
		b.Fail(fmt.Errorf("weight %q was not declared", name))
		return w
	}
	if b.tape.find(name) != nil {
		b.Fail(fmt.Errorf("weight %q is used in two places: want one", name))
		return w
	}
	b.tape.use(name, w)
	return w
}

// AddBias adds a weight of shape [channels] to the last axis of x.
//
// TensorFlow joins a BiasAdd with the convolution or product before it, one pass
// over memory instead of two. Its gradient is another matter: oneDNN joins
// BiasAddGrad with the gradient of the filters in a kernel several times slower
// than the two. So a training graph never asks for it, and sums up the gradient
// of what is returned here instead.
func (b *Builder) AddBias(x tf.Output, weight string) tf.Output {
	y := op.BiasAdd(b.Scope("biased"), x, b.Weight(weight))
	if u := b.tape.find(weight); u != nil {
		u.value, u.bias = y, true
	}
	return y
}

// ReLU applies max(x, 0) to x, through which everything so far has to go: a
// connection around it has no gradient.
//
// TensorFlow's gradient of Relu reads its input, which therefore has to be kept
// beside its output, so that the activation cannot be joined with the
// convolution before it. That of a training graph reads the output.
func (b *Builder) ReLU(x tf.Output) tf.Output {
	y := op.Relu(b.Scope("relu"), x)
	b.tape.cut(link{in: x, out: y, back: func(s *op.Scope, upstream tf.Output) (atIn, forBias tf.Output) {
		g := op.ReluGrad(s, upstream, y)
		return g, g
	}})
	return y
}

// MaxPool keeps the largest value of each window of size x size; windows do not
// overlap, and an edge that does not fill one is dropped.
//
// After a ReLU the way back passes the activation first, and then the pool: a
// window hands its gradient to the one value that it kept, so the activation can
// as well ask what was kept whether it is positive. Its gradient and the sum for
// the bias then have a number a window to read, instead of each number in it.
func (b *Builder) MaxPool(x tf.Output, size int) tf.Output {
	window := []int64{1, int64(size), int64(size), 1}
	y := op.MaxPool(b.Scope("pool"), x, window, window, "VALID")
	if relu := b.tape.ending(x); relu != nil {
		relu.longer = &link{in: relu.in, out: y, back: func(s *op.Scope, upstream tf.Output) (atIn, forBias tf.Output) {
			g := op.ReluGrad(s.SubScope("relu"), upstream, y)
			return op.MaxPoolGrad(s.SubScope("pool"), x, y, g, window, window, "VALID"), g
		}}
	}
	return y
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
