package graphs

import (
	"fmt"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// tape records the operations of the forward pass for which this package adds the
// gradients: the links. TensorFlow computes the gradients of the operations between
// links.
//
// Back-propagation is reverse-mode differentiation (Baydin et al., 2018, "Automatic
// differentiation in machine learning: a survey"): it visits the links in reverse
// topological order, and sums the gradients that arrive at the output of each, along
// all paths from the loss, before it passes the link.
type tape struct {
	recording bool
	mirrors   mirrors
	weights   map[string][]tf.Output // tensors from which a weight's value is read, by its name
	links     []*link                // in construction order, which is topological
}

// link is an operation with its own gradient.
type link struct {
	in  []tf.Output
	out tf.Output // StopGradient after the operation, at which TensorFlow's gradients end
	// back computes the gradients at in from the gradient at out.
	back func(s *op.Scope, upstream gradient) []gradient
	relu bool
	// activation is the link of a ReLU that a pool directly follows.
	activation *link
	// merged computes the gradient of the pool and its activation together.
	merged func(s *op.Scope, upstream gradient) gradient
}

// gradient is the gradient of the loss with respect to a tensor.
type gradient struct {
	at   tf.Output // in the tensor's shape
	sums tf.Output // not set, or a smaller tensor with the same sums over all axes but the last
}

// perChannel returns the smallest tensor that has the gradient's sums over all axes but
// the last.
func (g gradient) perChannel() tf.Output {
	if g.sums.Op != nil {
		return g.sums
	}
	return g.at
}

func newTape(recording bool) *tape {
	return &tape{recording: recording, weights: map[string][]tf.Output{}}
}

func (t *tape) use(weight string, value tf.Output) {
	if !slices.Contains(t.weights[weight], value) {
		t.weights[weight] = append(t.weights[weight], value)
	}
}

// link records an operation on the tape and returns the output for the following
// layers. If nothing is recorded, this is the output itself.
//
// After the StopGradient, TensorFlow's gradients of a tensor include only the paths
// without links, so that paths through links are counted once. TensorFlow removes the
// StopGradient before the graph runs.
func (t *tape) link(s *op.Scope, l *link, y tf.Output) tf.Output {
	if !t.recording || s.Err() != nil {
		return y
	}
	l.out = op.StopGradient(s.SubScope("link"), y)
	t.links = append(t.links, l)
	return l.out
}

// ending returns the link whose output is x, or nil.
func (t *tape) ending(x tf.Output) *link {
	for _, l := range slices.Backward(t.links) {
		if l.out == x {
			return l
		}
	}
	return nil
}

// activation returns the ReLU whose output is x, or nil.
func (t *tape) activation(x tf.Output) *link {
	if l := t.ending(x); l != nil && l.relu {
		return l
	}
	return nil
}

// gradients starts from the given gradients with respect to the logits of each replica,
// and returns on each mirror the gradient with respect to each weight, in a type.
func (t *tape) gradients(s *op.Scope, weights []Weight, logits, upstream []tf.Output, dtype tf.DataType) [][]tf.Output {
	t.mergePools()
	w := &walk{scope: s, mirrors: t.mirrors, arrived: map[place][]gradient{}}
	if w.ways = t.ways(weights, logits); w.ways.refused != nil {
		s.UpdateErr("Gradients", w.ways.refused)
	}
	for i, y := range slices.Backward(logits) {
		w.leave(y, gradient{at: upstream[i]})
	}
	for _, l := range slices.Backward(t.links) {
		w.pass(l)
	}
	all := make([][]tf.Output, t.mirrors.all())
	for m := range all {
		all[m] = make([]tf.Output, len(weights))
		for i, weight := range weights {
			all[m][i] = w.total(t.mirrors.on(m, t.weights[weight.Name]), dtype)
			if all[m][i].Op == nil && s.Err() == nil {
				s.UpdateErr("Gradients", fmt.Errorf("weight %q has no gradient: want a weight on which the loss depends through operations with a gradient", weight.Name))
			}
		}
	}
	return all
}

// mergePools merges each pool after a ReLU with the ReLU for back-propagation if the
// ReLU's output has no other use. The graph must have no gradients yet, because they
// use that output too.
func (t *tape) mergePools() {
	for _, l := range t.links {
		if l.activation != nil && len(l.activation.out.Consumers()) > 1 {
			l.activation = nil
		}
	}
}

// walk is the state of one back-propagation through a tape.
type walk struct {
	scope   *op.Scope
	mirrors mirrors
	ways    *ways
	arrived map[place][]gradient // at the outputs of links and at weights
}

// leave propagates a gradient from a tensor to the outputs of links and the weights on
// which the tensor depends without a link between.
func (w *walk) leave(y tf.Output, g gradient) {
	if w.scope.Err() != nil || g.at.Op == nil {
		return
	}
	if w.ways.isSource(y) {
		w.arrived[placeOf(y)] = append(w.arrived[placeOf(y)], g)
		return
	}
	sources := w.ways.sourcesOf(y)
	if len(sources) == 0 { // depends only on the images
		return
	}
	for i, found := range op.Gradients(w.at(y).SubScope("segment"), []tf.Output{y}, sources, g.at) {
		if found.Op != nil && found.Index >= 0 { // an Index of -1 means that there is no gradient along this path
			at := placeOf(sources[i])
			w.arrived[at] = append(w.arrived[at], gradient{at: found})
		}
	}
}

// pass propagates through a link.
func (w *walk) pass(l *link) {
	g := w.sum(w.arrived[placeOf(l.out)])
	if w.scope.Err() != nil || g.at.Op == nil { // the loss does not depend on the link
		return
	}
	s := w.at(l.out).SubScope("link")
	if l.activation != nil {
		w.leave(l.activation.in[0], l.merged(s, g))
		return
	}
	for i, back := range l.back(s, g) {
		w.leave(l.in[i], back)
	}
}

// sum sums gradients, starting with the one that arrived last.
func (w *walk) sum(all []gradient) gradient {
	switch len(all) {
	case 0:
		return gradient{}
	case 1:
		return all[0]
	}
	if w.mirrors > 1 {
		return w.sumMirrored(all)
	}
	return w.addUp(w.scope, all)
}

func (w *walk) addUp(s *op.Scope, all []gradient) gradient {
	var terms []tf.Output
	for _, g := range slices.Backward(all) {
		terms = append(terms, g.at)
	}
	return gradient{at: op.AddN(s.SubScope("sum"), terms)}
}

// total sums, in a type, the gradients that arrived at all tensors of a weight.
func (w *walk) total(values []tf.Output, dtype tf.DataType) tf.Output {
	var all []gradient
	for _, v := range values {
		for _, g := range w.arrived[placeOf(v)] {
			all = append(all, gradient{at: cast(w.at(g.at), g.at, dtype)})
		}
	}
	if w.scope.Err() != nil {
		return tf.Output{}
	}
	return w.sum(all).at
}
