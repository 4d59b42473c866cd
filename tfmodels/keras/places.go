package keras

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels"
)

// place is a layer with weights, and its position in Keras's files.
type place struct {
	layer   string // name of the layer
	class   string
	group   string          // group in model.weights.h5: "layers/conv2d_1"
	weights []graphs.Weight // in the order of Keras's variables
}

func (p place) String() string { return fmt.Sprintf("layer %q (%s)", p.layer, p.class) }

// short returns the name of a weight within its layer, such as "kernel".
func (p place) short(i int) string { return variableName(p.weights[i].Name) }

// wants describes the weights of a layer: "kernel [3 3 1 32], bias [32]".
func (p place) wants() string {
	var all []string
	for i, w := range p.weights {
		all = append(all, fmt.Sprintf("%s %v", p.short(i), w.Shape))
	}
	return strings.Join(all, ", ")
}

// places lists the layers of a network that have weights. Keras names a layer's group
// after its class, and numbers the layers of a class in the network's order; the names
// of the layers do not matter.
func places(m tfmodels.Model) []place {
	weights := weightsByLayer(m)
	if n := networkOf(m); n != nil {
		return placesOf(n.Model, "", "layers", weights)
	}
	taken := map[string]int{}
	var all []place
	for _, row := range m.Summary() {
		group := numbered(taken, row.Kind)
		if w := weights[row.Name]; len(w) > 0 {
			all = append(all, place{layer: row.Name, class: row.Kind, group: "layers/" + group, weights: w})
		}
	}
	return all
}

// placesOf lists the layers with weights of a model and of its nested models, whose
// groups are within the model's group.
func placesOf(m *Model, prefix, group string, weights map[string][]graphs.Weight) []place {
	taken := map[string]int{}
	var all []place
	for _, l := range m.Layers {
		name, own := prefix+l.Name, group+"/"+numbered(taken, l.Class)
		if l.Model != nil {
			all = append(all, placesOf(l.Model, name+"/", own+"/layers", weights)...)
		} else if w := weights[name]; len(w) > 0 {
			all = append(all, place{layer: name, class: l.Class, group: own, weights: w})
		}
	}
	return all
}

// legacyPlaces lists the layers with weights as a legacy .h5 file has them: a nested
// model is a single layer, whose trainable weights come first.
func legacyPlaces(m tfmodels.Model) []place {
	n := networkOf(m)
	if n == nil {
		return places(m)
	}
	weights := weightsByLayer(m)
	var all []place
	for _, l := range n.Model.Layers {
		p := place{layer: l.Name, class: l.Class, weights: weights[l.Name]}
		if l.Model != nil {
			for _, inner := range placesOf(l.Model, l.Name+"/", "", weights) {
				p.weights = append(p.weights, inner.weights...)
			}
			slices.SortStableFunc(p.weights, func(a, b graphs.Weight) int { return int(a.Role) - int(b.Role) })
		}
		if len(p.weights) > 0 {
			all = append(all, p)
		}
	}
	return all
}

// networkOf returns the network of a file that a model is based on, or nil if there is
// none.
func networkOf(m tfmodels.Model) *Network {
	if listed, ok := m.(tfmodels.Network); ok {
		m = listed.Model
	}
	n, _ := m.(*Network)
	return n
}

func weightsByLayer(m tfmodels.Model) map[string][]graphs.Weight {
	byLayer := map[string][]graphs.Weight{}
	for _, w := range m.Weights() {
		layer := w.Name[:max(strings.LastIndexByte(w.Name, '/'), 0)]
		byLayer[layer] = append(byLayer[layer], w)
	}
	return byLayer
}

// numbered returns the next name for a class: "conv2d", then "conv2d_1".
func numbered(taken map[string]int, class string) string {
	name := snakeCase(class)
	n := taken[name]
	taken[name]++
	if n > 0 {
		name = fmt.Sprintf("%s_%d", name, n)
	}
	return name
}

var (
	wordAfterWord  = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	upperAfterLess = regexp.MustCompile(`([a-z])([A-Z])`)
)

// snakeCase returns a class name in snake case, as Keras forms it: MaxPooling2D becomes
// max_pooling2d (to_snake_case in Keras's utils/naming.py).
func snakeCase(class string) string {
	return strings.ToLower(upperAfterLess.ReplaceAllString(wordAfterWord.ReplaceAllString(class, "${1}_$2"), "${1}_$2"))
}
