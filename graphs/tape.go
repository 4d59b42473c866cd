package graphs

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// tape records the forward pass as far as its gradients are this package's own
// work: the links between segments. Within a segment the gradients are
// TensorFlow's.
type tape struct {
	segments []segment // at least one
}

// segment is a stretch of the forward pass, which ends in a link or in the
// logits.
type segment struct {
	uses []use
	link link // not set in the last segment
}

// use is the place where a weight comes in.
type use struct {
	weight string
	value  tf.Output // what the gradient is taken of: the weight itself, or
	bias   bool      // the tensor that it was added to
}

// link is what has a gradient of its own: an activation.
type link struct {
	in, out tf.Output
	// back makes the gradient at in of that at out. forBias is summed up for a bias
	// that was added to make in: it has the sums of atIn over all axes but the last.
	back func(s *op.Scope, upstream tf.Output) (atIn, forBias tf.Output)
	// longer is the link as far as the pool after the activation.
	longer *link
}

// settle takes the longer way where there is one, and nothing but the pool takes
// the activation's output. The graph has no gradients yet.
func (l link) settle() link {
	if l.longer != nil && len(l.out.Consumers()) == 1 {
		return *l.longer
	}
	return l
}

func newTape() *tape { return &tape{segments: make([]segment, 1)} }

func (t *tape) last() *segment { return &t.segments[len(t.segments)-1] }

func (t *tape) use(weight string, value tf.Output) {
	t.last().uses = append(t.last().uses, use{weight: weight, value: value})
}

func (t *tape) find(weight string) *use {
	for i := range t.segments {
		for j := range t.segments[i].uses {
			if u := &t.segments[i].uses[j]; u.weight == weight {
				return u
			}
		}
	}
	return nil
}

func (t *tape) cut(l link) {
	t.last().link = l
	t.segments = append(t.segments, segment{})
}

// ending returns the last link if x is its output, nil if not.
func (t *tape) ending(x tf.Output) *link {
	if n := len(t.segments); n > 1 && t.segments[n-2].link.out == x {
		return &t.segments[n-2].link
	}
	return nil
}

// gradients goes back from the logits, of which the gradient is given, and
// returns the gradient of each weight.
func (t *tape) gradients(s *op.Scope, weights []Weight, logits, upstream tf.Output) []tf.Output {
	byName := map[string]tf.Output{}
	end, forBias := logits, upstream
	for i := range t.segments {
		t.segments[i].link = t.segments[i].link.settle()
	}
	for i := len(t.segments) - 1; i >= 0 && s.Err() == nil; i-- {
		var start *tf.Output // where the link before the segment ends
		if i > 0 {
			start = &t.segments[i-1].link.out
		}
		g := t.segments[i].gradients(s.SubScope("segment"), start, end, upstream, forBias, byName)
		if i > 0 && s.Err() == nil {
			l := t.segments[i-1].link
			end = l.in
			upstream, forBias = l.back(s.SubScope("link"), g)
		}
	}
	all := make([]tf.Output, len(weights))
	for i, w := range weights {
		g, ok := byName[w.Name]
		if !ok && s.Err() == nil {
			s.UpdateErr("Gradients", fmt.Errorf("weight %q is not used", w.Name))
		}
		all[i] = g
	}
	return all
}

// gradients adds the gradients of a segment's weights to byName and returns
// that of its start.
func (sg segment) gradients(s *op.Scope, start *tf.Output, end, upstream, forBias tf.Output, byName map[string]tf.Output) (atStart tf.Output) {
	var of []tf.Output
	for _, u := range sg.uses {
		if u.value != end {
			of = append(of, u.value)
		}
	}
	if start != nil {
		of = append(of, *start)
	}
	found := map[tf.Output]tf.Output{end: upstream}
	if len(of) > 0 {
		for i, g := range op.Gradients(s, []tf.Output{end}, of, upstream) {
			if g.Op == nil || g.Index < 0 {
				s.UpdateErr("Gradients", fmt.Errorf("%s has no gradient: what comes after does not depend on it", of[i].Op.Name()))
				return atStart
			}
			found[of[i]] = g
		}
	}
	if s.Err() != nil { // as where an operation has no gradient
		return atStart
	}
	for _, u := range sg.uses {
		g := found[u.value]
		if u.bias {
			if u.value == end {
				g = forBias
			}
			g = sumToChannels(s.SubScope("bias"), g)
		}
		byName[u.weight] = g
	}
	if start != nil {
		atStart = found[*start]
	}
	return atStart
}

// sumToChannels is the gradient of a bias: that of the biased tensor, summed over
// all axes but the last.
func sumToChannels(s *op.Scope, gradient tf.Output) tf.Output {
	axes := make([]int32, gradient.Shape().NumDimensions()-1)
	for i := range axes {
		axes[i] = int32(i)
	}
	return op.Sum(s, gradient, op.Const(s.SubScope("axes"), axes))
}
