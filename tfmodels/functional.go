// Package tfmodels defines the networks of the lab, each with its training recipe, and
// the types from which networks are built. A network is a value; graphs.Compile creates
// its TensorFlow graph.
package tfmodels

import (
	"fmt"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels/layers"
)

// Functional is a network whose layers form a graph that ends in a softmax over the
// classes, like Keras's class of that name. It implements Model; a Graph creates it.
type Functional struct {
	graph  Graph // validated, with its nodes in Keras's order
	order  []Tensor
	shapes map[Tensor][]int // of one example
}

// inferShapes computes the output shape of each call, and checks that all calls of a
// layer require weights of the same shapes.
func (m *Functional) inferShapes() error {
	for _, t := range m.order {
		i := m.graph.node(t.Layer)
		l := m.graph.Nodes[i].Layer
		shape, err := l.OutputShape(m.inputShapes(t)...)
		if err != nil {
			return fmt.Errorf("layer %q: %w", t.Layer, err)
		}
		m.shapes[t] = shape
	}
	for _, n := range m.graph.Nodes {
		first := n.Layer.Weights(m.inputShapes(Tensor{n.Name, 0})...)
		for call := range n.Calls {
			for j, w := range n.Layer.Weights(m.inputShapes(Tensor{n.Name, call})...) {
				if !slices.Equal(w.Shape, first[j].Shape) {
					return fmt.Errorf("layer %q: its calls need weights %s of shapes %v and %v: want inputs of one shape", n.Name, w.Name, first[j].Shape, w.Shape)
				}
			}
		}
	}
	return nil
}

// inputShapes returns the shapes of a call's inputs.
func (m *Functional) inputShapes(t Tensor) [][]int {
	var shapes [][]int
	for _, from := range m.inputsOf(t) {
		shapes = append(shapes, m.shapes[from])
	}
	return shapes
}

// Name returns the network's name.
func (m *Functional) Name() string { return m.graph.Name }

// InputShape returns the height, width and channels of the images.
func (m *Functional) InputShape() [3]int { return m.graph.Shape }

// Classes returns the number of classes.
func (m *Functional) Classes() int { return m.shapes[m.graph.Output][0] }

// Graph returns how the layers are connected, with the layers in Keras's order.
func (m *Functional) Graph() Graph {
	g := m.graph
	g.Nodes = slices.Clone(g.Nodes)
	return g
}

// Weights returns the weights of all layers, in order, named layer/kernel and
// layer/bias.
func (m *Functional) Weights() []graphs.Weight {
	var all []graphs.Weight
	for _, n := range m.graph.Nodes {
		for _, w := range n.Layer.Weights(m.inputShapes(Tensor{n.Name, 0})...) {
			w.Name = n.Name + "/" + w.Name
			if n.Frozen {
				w.Role = graphs.State
			}
			all = append(all, w)
		}
	}
	return all
}

// TrainedWeights returns the weights that an optimizer changes.
func (m *Functional) TrainedWeights() []graphs.Weight {
	return slices.DeleteFunc(m.Weights(), func(w graphs.Weight) bool { return w.Role != graphs.Trained })
}

// Logits adds all layers except the last one's softmax, which is part of the loss.
func (m *Functional) Logits(b *graphs.Builder, x tf.Output) tf.Output {
	output, last, err := m.withoutSoftmax()
	if err != nil {
		b.Fail(err)
		return x
	}
	values := map[Tensor]tf.Output{}
	give := func(t Tensor, y tf.Output) {
		if m.consumers(t) > 1 {
			y = b.Branch(y)
		}
		values[t] = y
	}
	give(m.graph.In(), m.input(b, x))
	for _, t := range m.order {
		layer := m.graph.Nodes[m.graph.node(t.Layer)].Layer
		if t == output {
			layer = last
		}
		var inputs []tf.Output
		for _, from := range m.inputsOf(t) {
			inputs = append(inputs, values[from])
		}
		y := layer.Build(b.WithinCall(t.Layer, t.Call), t.Layer, inputs...)
		if b.Failed() {
			return x
		}
		if got, err := y.Shape().ToSlice(); err != nil || !sameShape(got, m.shapes[t]) {
			b.Fail(fmt.Errorf("%s: %s gives shape %v: want [batch %v]", m.Name(), t.Layer, y.Shape(), m.shapes[t]))
			return x
		}
		if t == output {
			return y
		}
		give(t, y)
	}
	return values[output] // the image, without any layer
}

// input returns the images in the shape that the layers take.
func (m *Functional) input(b *graphs.Builder, x tf.Output) tf.Output {
	if !m.graph.Flat {
		return x
	}
	s := b.Scope(m.graph.In().Layer)
	return op.Reshape(s, x, op.Const(s.SubScope("shape"), []int32{-1, int32(m.graph.inputShape()[0])}))
}

// consumers returns the number of inputs of calls that use a tensor.
func (m *Functional) consumers(t Tensor) int {
	n := 0
	for _, call := range m.order {
		for _, from := range m.inputsOf(call) {
			if from == t {
				n++
			}
		}
	}
	return n
}

// WithoutDropout returns the network without the layers that draw random numbers in
// training, under the same name.
func (m *Functional) WithoutDropout() Model { return m.withoutDropout() }

func (m *Functional) withoutDropout() *Functional {
	instead := map[Tensor]Tensor{} // replacements of the outputs of random layers
	for _, t := range m.order {
		if layers.Random(m.graph.Nodes[m.graph.node(t.Layer)].Layer) {
			from := m.inputsOf(t)[0]
			if earlier, dropped := instead[from]; dropped {
				from = earlier
			}
			instead[t] = from
		}
	}
	rest := &Functional{graph: m.graph, shapes: m.shapes}
	rest.graph.Nodes = nil
	for _, n := range m.graph.Nodes {
		if layers.Random(n.Layer) {
			continue
		}
		calls := make([][]Tensor, len(n.Calls))
		for i, call := range n.Calls {
			calls[i] = slices.Clone(call)
			for j, from := range call {
				if other, dropped := instead[from]; dropped {
					calls[i][j] = other
				}
			}
		}
		rest.graph.Nodes = append(rest.graph.Nodes, Node{Name: n.Name, Layer: n.Layer, Calls: calls, Frozen: n.Frozen})
	}
	rest.order = slices.DeleteFunc(slices.Clone(m.order), func(t Tensor) bool { _, dropped := instead[t]; return dropped })
	return rest
}

// sameShape compares a tensor's shape, batch first, with that of one example.
func sameShape(tensor []int64, example []int) bool {
	if len(tensor) != len(example)+1 {
		return false
	}
	for i, d := range example {
		if tensor[i+1] != int64(d) {
			return false
		}
	}
	return true
}
