package keras

import (
	"fmt"
	"regexp"
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
func (p place) short(i int) string { return strings.TrimPrefix(p.weights[i].Name, p.layer+"/") }

// wants tells the weights of a layer: "kernel [3 3 1 32], bias [32]".
func (p place) wants() string {
	var all []string
	for i, w := range p.weights {
		all = append(all, fmt.Sprintf("%s %v", p.short(i), w.Shape))
	}
	return strings.Join(all, ", ")
}

// places lists the layers of a network that have weights. Keras names a layer's
// group after its class, and counts the layers of a class from the front,
// whatever names they have.
func places(m tfmodels.Model) []place {
	byLayer := map[string][]graphs.Weight{}
	for _, w := range m.Weights() {
		layer := w.Name[:max(strings.LastIndexByte(w.Name, '/'), 0)]
		byLayer[layer] = append(byLayer[layer], w)
	}
	taken := map[string]int{}
	var all []place
	for _, row := range m.Summary() {
		group := numbered(taken, row.Kind)
		if weights := byLayer[row.Name]; len(weights) > 0 {
			all = append(all, place{layer: row.Name, class: row.Kind, group: "layers/" + group, weights: weights})
		}
	}
	return all
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
