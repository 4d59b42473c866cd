package tfmodels

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tflab/tflab/tfmodels/layers"
)

// inputName is Keras's name of the input of a network.
const inputName = "input_layer"

// Graph describes a network whose layers form a graph with one input, an image, and one
// output. Add builds the graph layer by layer; alternatively, fill in the fields. Model
// validates the graph.
type Graph struct {
	Name   string
	Input  string // name of the input; "" means Keras's "input_layer"
	Shape  [3]int // height, width and channels of the images
	Nodes  []Node
	Output Tensor // if not set, the output of the last node's last call
	Flat   bool   // the layers take an image as a vector
	Logits bool   // the output may be logits instead of the output of a softmax
	err    error
}

// Node is a layer of a graph with its calls. Calls of one layer share its weights.
type Node struct {
	Name  string // unique in the graph
	Layer layers.Layer
	Calls [][]Tensor // inputs of each call
	// Frozen means that the layer is not trained (Keras's trainable=False). A
	// BatchNormalization needs its own field Frozen, too: it computes something else.
	Frozen bool
}

// Tensor is the output of a call of a layer, or the input of the graph.
type Tensor struct {
	Layer string // name of the layer
	Call  int    // from 0
}

// String returns the tensor in the format of Keras's summary.
func (t Tensor) String() string { return fmt.Sprintf("%s[%d][0]", t.Layer, t.Call) }

// In returns the input of the graph.
func (g *Graph) In() Tensor {
	if g.Input == "" {
		g.Input = inputName
	}
	return Tensor{Layer: g.Input}
}

// Add appends a layer to others, under Keras's default name: conv2d, conv2d_1, dense,
// in the order of the calls.
func (g *Graph) Add(l layers.Layer, from ...Tensor) Tensor {
	kind := snakeCase(l.Kind())
	name := kind
	for n := 1; g.node(name) >= 0 || name == g.In().Layer; n++ {
		name = fmt.Sprintf("%s_%d", kind, n)
	}
	return g.AddNamed(name, l, from...)
}

// AddNamed appends a layer of the given name to others.
func (g *Graph) AddNamed(name string, l layers.Layer, from ...Tensor) Tensor {
	g.Nodes = append(g.Nodes, Node{Name: name, Layer: l, Calls: [][]Tensor{from}})
	return Tensor{Layer: name}
}

// Again calls the layer whose output is a tensor once more, with the same weights.
func (g *Graph) Again(of Tensor, from ...Tensor) Tensor {
	i := g.node(of.Layer)
	if i < 0 {
		g.err = fmt.Errorf("tfmodels: %s: no layer %q to call again", g.Name, of.Layer)
		return of
	}
	g.Nodes[i].Calls = append(g.Nodes[i].Calls, from)
	return Tensor{Layer: of.Layer, Call: len(g.Nodes[i].Calls) - 1}
}

func (g *Graph) node(name string) int {
	return slices.IndexFunc(g.Nodes, func(n Node) bool { return n.Name == name })
}

// inputShape returns the shape of the input that the layers take.
func (g Graph) inputShape() []int {
	if g.Flat {
		return []int{g.Shape[0] * g.Shape[1] * g.Shape[2]}
	}
	return g.Shape[:]
}

// Model validates the graph and returns its network. The output must be a layer with
// the softmax activation unless it may be logits, and every layer must lead to it.
func (g Graph) Model() (*Functional, error) {
	fail := func(format string, args ...any) (*Functional, error) {
		return nil, fmt.Errorf("tfmodels: "+g.Name+": "+format, args...)
	}
	if g.err != nil {
		return nil, g.err
	}
	if min(g.Shape[0], g.Shape[1], g.Shape[2]) < 1 {
		return fail("images of %dx%dx%d: want 1 or more of height, width and channels", g.Shape[0], g.Shape[1], g.Shape[2])
	}
	input := g.In()
	if n := len(g.Nodes); g.Output == (Tensor{}) && n == 0 {
		g.Output = input
	} else if g.Output == (Tensor{}) {
		g.Output = Tensor{Layer: g.Nodes[n-1].Name, Call: len(g.Nodes[n-1].Calls) - 1}
	}
	names := map[string]bool{input.Layer: true}
	for _, n := range g.Nodes {
		if slices.Contains(strings.Split(n.Name, "/"), "") || names[n.Name] {
			return fail("a layer is named %q: want names that are not empty, also between slashes, and differ", n.Name)
		}
		names[n.Name] = true
	}
	m := &Functional{graph: g, shapes: map[Tensor][]int{input: g.inputShape()}}
	if err := m.sort(); err != nil {
		return fail("%w", err)
	}
	if err := m.inferShapes(); err != nil {
		return fail("%w", err)
	}
	if out := m.shapes[g.Output]; len(out) != 1 {
		return fail("output of shape %v: want [classes]", out)
	}
	if _, _, err := m.withoutSoftmax(); err != nil {
		return fail("%w", err)
	}
	return m, nil
}

// snakeCase converts the name of a class to the default name of its layers, as Keras
// does: MaxPooling2D becomes max_pooling2d.
func snakeCase(class string) string {
	var b strings.Builder
	for i, r := range class {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 && class[i-1] >= 'a' && class[i-1] <= 'z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}
