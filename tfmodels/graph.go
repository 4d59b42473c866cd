package tfmodels

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tflab/tflab/tfmodels/layers"
)

// inputName is how Keras names the input of a network.
const inputName = "input_layer"

// Graph describes a network whose layers form a graph: one input, an image, and one
// output. Add builds it up layer by layer; a reader of a file may as well fill in
// the fields. Model checks it.
type Graph struct {
	Name   string
	Input  string // the name of the input; "": Keras's "input_layer"
	Shape  [3]int // height, width and channels of the images
	Nodes  []Node
	Output Tensor // not set: what the last node's last call gives
	err    error
}

// Node is a layer of a graph with its calls. Calls of one layer share its weights.
type Node struct {
	Name  string // unique in the graph
	Layer layers.Layer
	Calls [][]Tensor // what each call takes
}

// Tensor is what a call of a layer gives, or the input of the graph.
type Tensor struct {
	Layer string // the layer's name
	Call  int    // 0 is the first
}

// String writes the tensor as Keras's summary does.
func (t Tensor) String() string { return fmt.Sprintf("%s[%d][0]", t.Layer, t.Call) }

// In is the input of the graph.
func (g *Graph) In() Tensor {
	if g.Input == "" {
		g.Input = inputName
	}
	return Tensor{Layer: g.Input}
}

// Add puts a layer behind others, under the name that Keras would give it: conv2d,
// conv2d_1, dense, in the order in which they are added.
func (g *Graph) Add(l layers.Layer, from ...Tensor) Tensor {
	kind := snakeCase(l.Kind())
	name := kind
	for n := 1; g.node(name) >= 0 || name == g.In().Layer; n++ {
		name = fmt.Sprintf("%s_%d", kind, n)
	}
	return g.AddNamed(name, l, from...)
}

// AddNamed puts a layer of this name behind others.
func (g *Graph) AddNamed(name string, l layers.Layer, from ...Tensor) Tensor {
	g.Nodes = append(g.Nodes, Node{Name: name, Layer: l, Calls: [][]Tensor{from}})
	return Tensor{Layer: name}
}

// Again calls the layer that gave a tensor once more, with the same weights.
func (g *Graph) Again(of Tensor, from ...Tensor) Tensor {
	i := g.node(of.Layer)
	if i < 0 {
		g.err = fmt.Errorf("tfmodels: %s: there is no layer %q to call again", g.Name, of.Layer)
		return of
	}
	g.Nodes[i].Calls = append(g.Nodes[i].Calls, from)
	return Tensor{Layer: of.Layer, Call: len(g.Nodes[i].Calls) - 1}
}

func (g *Graph) node(name string) int {
	return slices.IndexFunc(g.Nodes, func(n Node) bool { return n.Name == name })
}

// Model checks the graph and makes the network of it. The output has to be a layer
// with the softmax activation, and every layer has to lead to it.
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
	m := &Functional{graph: g, shapes: map[Tensor][]int{input: g.Shape[:]}}
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

// snakeCase is how Keras makes a layer's name of its class's: MaxPooling2D
// becomes max_pooling2d.
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
