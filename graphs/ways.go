package graphs

import (
	"fmt"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
)

// ways describes the forward graph for differentiation: which sources (weights and the
// outputs of links) lead to which ends (the inputs of links, and the logits) through
// operations that are not links.
type ways struct {
	sources map[place]bool
	origins map[place][]tf.Output // sources that lead to an end
	refused error                 // error for an operation on one of the paths that has no correct gradient

	ends map[place]bool
	cuts map[string]bool           // operations in which links end, by name
	seen map[string]map[place]bool // ends to which an operation leads, by its name
}

// place identifies a tensor of the graph: the bindings return a new Operation value at
// each request.
type place struct {
	operation string
	index     int
}

func placeOf(x tf.Output) place { return place{x.Op.Name(), x.Index} }

// ways follows the graph forward from every source. The graph must have no gradients
// yet.
func (t *tape) ways(weights []Weight, logits []tf.Output) *ways {
	w := &ways{sources: map[place]bool{}, origins: map[place][]tf.Output{}, ends: map[place]bool{}, cuts: map[string]bool{}, seen: map[string]map[place]bool{}}
	for _, y := range logits {
		w.ends[placeOf(y)] = true
	}
	for _, l := range t.links {
		w.cuts[l.out.Op.Name()] = true
		for _, x := range l.in {
			w.ends[placeOf(x)] = true
		}
	}
	var sources []tf.Output
	for _, weight := range weights {
		sources = append(sources, t.weights[weight.Name]...)
	}
	for _, l := range t.links {
		sources = append(sources, l.out)
	}
	for _, source := range sources {
		w.sources[placeOf(source)] = true
		for end := range w.from(source) {
			w.origins[end] = append(w.origins[end], source)
		}
	}
	return w
}

func (w *ways) isSource(x tf.Output) bool { return w.sources[placeOf(x)] }

func (w *ways) sourcesOf(end tf.Output) []tf.Output { return w.origins[placeOf(end)] }

// from returns the ends to which a tensor leads.
func (w *ways) from(x tf.Output) map[place]bool {
	reached := map[place]bool{}
	if at := placeOf(x); w.ends[at] {
		reached[at] = true
	}
	for _, c := range x.Consumers() {
		for end := range w.through(c.Op) {
			reached[end] = true
		}
	}
	return reached
}

// through returns the ends to which an operation leads.
func (w *ways) through(o *tf.Operation) map[place]bool {
	name := o.Name()
	if w.cuts[name] {
		return nil
	}
	if reached, known := w.seen[name]; known {
		return reached
	}
	reached := map[place]bool{}
	for i := range o.NumOutputs() {
		for end := range w.from(o.Output(i)) {
			reached[end] = true
		}
	}
	w.seen[name] = reached
	if why := noGradient(o); why != "" && len(reached) > 0 && w.refused == nil {
		w.refused = fmt.Errorf("operation %s (%s) cannot be trained through: %s", name, o.Type(), why)
	}
	return reached
}

// noGradient says why TensorFlow's C API cannot compute the gradient of an operation,
// or returns "" if it can. The gradients were compared with central differences in
// TensorFlow 2.18 (tensorflow/cc/gradients).
func noGradient(o *tf.Operation) string {
	attribute := func(name string) any {
		v, _ := o.Attr(name) // nil if the operation does not have the attribute
		return v
	}
	switch o.Type() {
	case "Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput":
		if d, ok := attribute("dilations").([]int64); ok && slices.ContainsFunc(d, func(n int64) bool { return n != 1 }) {
			return "TensorFlow's C API ignores the dilations in its gradient: use Builder.Conv2D or Builder.DepthwiseConv2D"
		}
		if attribute("padding") == "EXPLICIT" {
			return "TensorFlow's C API ignores explicit paddings in its gradient: pad with op.Pad before a VALID one"
		}
	case "LogSoftmax":
		if rank := o.Output(0).Shape().NumDimensions(); rank != 2 {
			return "its gradient in TensorFlow's C API is wrong unless the tensor has 2 axes: use Builder.LogSoftmax"
		}
	case "LRN":
		return "its gradient in TensorFlow's C API ignores the attributes"
	case "Conv3D", "Erfc", "Gather", "IdentityN", "ImageProjectiveTransformV3", "MaxPoolWithArgmax", "SparseSoftmaxCrossEntropyWithLogits", "TopKV2", "While", "Xlogy":
		return "TensorFlow's C API has no gradient for it"
	}
	return ""
}
