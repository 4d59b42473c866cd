package keras

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels"
)

// place is a layer with weights, and where Keras's files have them.
type place struct {
	layer   string // its name
	class   string
	group   string          // in model.weights.h5: "layers/conv2d_1"
	weights []graphs.Weight // in the order of Keras's variables
}

func (p place) String() string { return fmt.Sprintf("layer %q (%s)", p.layer, p.class) }

// short is the name of a weight within its layer, "kernel".
func (p place) short(i int) string { return variableName(p.weights[i].Name) }

// wants tells the weights of a layer: "kernel [3 3 1 32], bias [32]".
func (p place) wants() string {
	var all []string
	for i, w := range p.weights {
		all = append(all, fmt.Sprintf("%s %v", p.short(i), w.Shape))
	}
	return strings.Join(all, ", ")
}

// places lists the layers of a network that have weights. Keras names a layer's
// group after its class, and counts the layers of a class from the front, whatever
// names they have.
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

// placesOf lists those of a model and of the models within it, whose groups lie in
// the model's.
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

// legacyPlaces lists the layers with weights as a legacy .h5 file has them: a model
// within the model is one layer, of which the trained weights come first.
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

// networkOf is the network of a file behind a model; nil if it is none.
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

// numbered is the next name of a class: "conv2d", then "conv2d_1".
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

// snakeCase is how Keras makes a name of a class: MaxPooling2D becomes
// max_pooling2d (to_snake_case of Keras's utils/naming.py).
func snakeCase(class string) string {
	return strings.ToLower(upperAfterLess.ReplaceAllString(wordAfterWord.ReplaceAllString(class, "${1}_$2"), "${1}_$2"))
}
