package tfmodels

import (
	"errors"
	"fmt"

	"github.com/tflab/tflab/tfmodels/layers"
)

// GivesLogits reports whether the output is logits, that is, whether the last operation
// is not a softmax.
func (m *Functional) GivesLogits() bool {
	i := m.graph.node(m.graph.Output.Layer)
	if i < 0 {
		return false
	}
	_, softmax := beforeSoftmax(m.graph.Nodes[i].Layer)
	return !softmax
}

// withoutSoftmax returns the call that computes the logits, and its layer without a
// softmax.
// It also skips a softmax if the output may be logits, as Keras does.
func (m *Functional) withoutSoftmax() (Tensor, layers.Layer, error) {
	output := m.graph.Output
	if i := m.graph.node(output.Layer); i >= 0 {
		l := m.graph.Nodes[i].Layer
		if rest, ends := beforeSoftmax(l); ends {
			return output, rest, nil
		}
		if m.graph.Logits {
			return output, l, nil
		}
		return output, nil, fmt.Errorf("the last layer must have the softmax activation: layer %q (%s) has none", output.Layer, l.Kind())
	}
	return output, nil, errors.New("the last layer must have the softmax activation")
}

// beforeSoftmax returns a layer without its final softmax, and false if the layer has
// none.
func beforeSoftmax(l layers.Layer) (layers.Layer, bool) {
	switch l := l.(type) {
	case layers.Dense:
		if l.Activation == layers.Softmax {
			l.Activation = layers.Linear
			return l, true
		}
	case layers.Activate:
		if l.Function == layers.Softmax {
			return layers.Activate{}, true
		}
	}
	return l, false
}
