package graphs

import (
	"fmt"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// tape records the operations of the forward pass whose gradients this package
// adds itself: the links. The gradients of all that lies between links are
// TensorFlow's.
//
// The way back is reverse-mode differentiation (Baydin et al., 2018, "Automatic
// differentiation in machine learning: a survey"): the links are taken in reverse
// topological order, and what arrives at the output of each along all ways from
// the loss is added up before the link is passed.
type tape struct {
	recording bool
	mirrors   mirrors
	weights   map[string][]tf.Output // the tensors that a weight's value is read from, by its name
	links     []*link                // in the order in which they were built, which is a topological one
}

// link is an operation with a gradient of its own.
type link struct {
	in  []tf.Output
	out tf.Output // the StopGradient after the operation: TensorFlow's gradients end there
	// back makes the gradients at in of the gradient at out.
	back func(s *op.Scope, upstream gradient) []gradient
	relu bool
	// activation is set for a pool that directly follows a ReLU: the link of the ReLU.
	activation *link
	// merged passes back through the pool and its activation in one go.
	merged func(s *op.Scope, upstream gradient) gradient
}

// gradient is that of the loss by a tensor.
type gradient struct {
	at   tf.Output // in the tensor's shape
	sums tf.Output // not set, or a smaller tensor with the same sums over all axes but the last
}

// perChannel is the smallest tensor that has the gradient's sums over all axes but
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

// link puts an operation on the tape and returns its output, which the layers go on
// with. Where nothing is recorded this is the output as it was.
//
// Behind the StopGradient, TensorFlow's gradients of a tensor are those along the
// ways that pass no link: so the ways through links are counted once. TensorFlow
// removes the StopGradient before the graph runs.
func (t *tape) link(s *op.Scope, l *link, y tf.Output) tf.Output {
	if !t.recording || s.Err() != nil {
		return y
	}
	l.out = op.StopGradient(s.SubScope("link"), y)
	t.links = append(t.links, l)
	return l.out
}

// ending returns the link that x is the output of, nil if there is none.
func (t *tape) ending(x tf.Output) *link {
	for _, l := range slices.Backward(t.links) {
		if l.out == x {
			return l
		}
	}
	return nil
}

// activation returns the ReLU that x is the output of, nil if there is none.
func (t *tape) activation(x tf.Output) *link {
	if l := t.ending(x); l != nil && l.relu {
		return l
	}
	return nil
}

// gradients goes back from the logits of each replica, of which the gradients are
// given, and returns on each mirror the gradient of each weight in a type.
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
				s.UpdateErr("Gradients", fmt.Errorf("weight %q has no gradient: the loss does not depend on it, or through operations without a gradient only", weight.Name))
			}
		}
	}
	return all
}

// mergePools lets each pool after a ReLU take the ReLU along on the way back where
// nothing else takes the output of the ReLU. The graph must have no gradients yet:
// they take that output too.
func (t *tape) mergePools() {
	for _, l := range t.links {
		if l.activation != nil && len(l.activation.out.Consumers()) > 1 {
			l.activation = nil
		}
	}
}

// walk is one way back through a tape.
type walk struct {
	scope   *op.Scope
	mirrors mirrors
	ways    *ways
	arrived map[place][]gradient // at the outputs of links and at weights
}

// leave goes back from a tensor to the outputs of links and to the weights that it
// is made of without a link between.
func (w *walk) leave(y tf.Output, g gradient) {
	if w.scope.Err() != nil || g.at.Op == nil {
		return
	}
	if w.ways.isSource(y) {
		w.arrived[placeOf(y)] = append(w.arrived[placeOf(y)], g)
		return
	}
	sources := w.ways.sourcesOf(y)
	if len(sources) == 0 { // made of the images alone
		return
	}
	for i, found := range op.Gradients(w.at(y).SubScope("segment"), []tf.Output{y}, sources, g.at) {
		if found.Op != nil && found.Index >= 0 { // an Index of -1: there is no gradient along this way
			at := placeOf(sources[i])
			w.arrived[at] = append(w.arrived[at], gradient{at: found})
		}
	}
}

// pass goes back through a link.
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

// sum adds up gradients, the one that arrived last first.
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

// total adds up in a type what arrived at all tensors of a weight.
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
