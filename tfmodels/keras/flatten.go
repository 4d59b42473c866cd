package keras

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/layers"
)

// assembly collects the layers of a model and of its nested models in one graph. The
// name of a layer in a nested model is prefixed with the model's name: inner/conv2d.
type assembly struct {
	converters map[string]converter
	older      bool // the file is of Keras 2
	graph      tfmodels.Graph
	index      map[string]int // index of a node by its name
	shapes     map[tfmodels.Tensor][]int
	outputs    map[*Model]map[Ref][]int // output shapes of the calls of a model's layers
	weights    map[string]graphs.Weight // properties other than shapes that the file specifies for weights, by weight name
}

// assemble builds the graph of a model.
func assemble(m *Model) (*assembly, error) {
	a := &assembly{converters: converters(), older: m.Older, index: map[string]int{}, shapes: map[tfmodels.Tensor][]int{}, outputs: map[*Model]map[Ref][]int{},
		weights: map[string]graphs.Weight{}}
	a.graph.Name, a.graph.Input = m.Name, m.Input.Layer
	switch len(m.Shape) {
	case 3:
		a.graph.Shape = [3]int(m.Shape)
	case 2: // greyscale images without a channel axis
		a.graph.Shape = [3]int{m.Shape[0], m.Shape[1], 1}
	case 1:
		shape, err := imageOf(m.Shape[0])
		if err != nil {
			return nil, err
		}
		a.graph.Shape, a.graph.Flat = shape, true
	default:
		return nil, fmt.Errorf("the input's shape is %v: want images, [height width channels], [height width] or [numbers]", m.Shape)
	}
	in := a.graph.In()
	a.shapes[in] = m.Shape
	output, err := a.call(m, "", in)
	if err != nil {
		return nil, err
	}
	a.graph.Output = output
	a.graph.Logits = m.givesLogits(a.graph)
	return a, nil
}

// imageOf returns the shape of square images, greyscale or RGB, with a number of
// values: 784 values are an MNIST image.
func imageOf(numbers int) ([3]int, error) {
	for _, channels := range []int{1, 3} {
		side := int(math.Round(math.Sqrt(float64(numbers) / float64(channels))))
		if side*side*channels == numbers {
			return [3]int{side, side, channels}, nil
		}
	}
	return [3]int{}, fmt.Errorf("the input's shape is [%d]: want the number of values of a square image, such as 784 for 28x28 or 3072 for 32x32x3", numbers)
}

// call adds a call of a model to the graph, and returns its output.
func (a *assembly) call(m *Model, prefix string, input tfmodels.Tensor) (tfmodels.Tensor, error) {
	c := &invocation{assembly: a, model: m, prefix: prefix, values: map[Ref]tfmodels.Tensor{m.Input: input}, first: map[string]int{}, begun: map[Ref]bool{}}
	a.outputs[m] = map[Ref][]int{m.Input: a.shapes[input]}
	for _, l := range m.Layers {
		if l.Model == nil {
			if err := c.reserve(l); err != nil {
				return input, fmt.Errorf("%v: %w", l, err)
			}
		}
	}
	for _, l := range m.Layers {
		for i := range l.Calls {
			if _, err := c.value(Ref{l.Name, i}); err != nil {
				return input, err
			}
		}
	}
	return c.value(m.Output)
}

// invocation is a call of a model.
type invocation struct {
	*assembly
	model  *Model
	prefix string // prefix of the names of the model's layers
	values map[Ref]tfmodels.Tensor
	first  map[string]int // number of each layer's first call within this invocation
	begun  map[Ref]bool
}

// reserve reserves the numbers of the calls of a layer.
func (c *invocation) reserve(l Layer) error {
	if err := checkName(l.Name); err != nil {
		return err
	}
	name := c.prefix + l.Name
	i, known := c.index[name]
	if !known {
		i = len(c.graph.Nodes)
		c.index[name] = i
		c.graph.Nodes = append(c.graph.Nodes, tfmodels.Node{Name: name})
	}
	n := &c.graph.Nodes[i]
	c.first[l.Name] = len(n.Calls)
	n.Calls = append(n.Calls, make([][]tfmodels.Tensor, len(l.Calls))...)
	return nil
}

// value returns the output of a call of a layer. It adds the call, and all calls that
// the call depends on, to the graph.
func (c *invocation) value(r Ref) (tfmodels.Tensor, error) {
	if t, ok := c.values[r]; ok {
		return t, nil
	}
	i := slices.IndexFunc(c.model.Layers, func(l Layer) bool { return l.Name == r.Layer })
	l := c.model.Layers[i] // parser.check has checked that the layer exists
	if c.begun[r] {
		return tfmodels.Tensor{}, fmt.Errorf("%v depends on its own output", l)
	}
	c.begun[r] = true
	var inputs []tfmodels.Tensor
	for _, from := range l.Calls[r.Call] {
		t, err := c.value(from)
		if err != nil {
			return t, err
		}
		inputs = append(inputs, t)
	}
	t, err := c.add(l, r.Call, inputs)
	if err != nil {
		return t, fmt.Errorf("%v: %w", l, err)
	}
	c.values[r] = t
	c.outputs[c.model][r] = c.shapes[t]
	return t, nil
}

func (c *invocation) add(l Layer, call int, inputs []tfmodels.Tensor) (tfmodels.Tensor, error) {
	if l.Model != nil {
		if len(inputs) != 1 {
			return tfmodels.Tensor{}, fmt.Errorf("%d inputs: want 1", len(inputs))
		}
		if err := checkName(l.Name); err != nil {
			return tfmodels.Tensor{}, err
		}
		if got := c.shapes[inputs[0]]; !slices.Equal(got, l.Model.Shape) {
			return tfmodels.Tensor{}, fmt.Errorf("an input of shape %v: want %v", got, l.Model.Shape)
		}
		return c.assembly.call(l.Model, c.prefix+l.Name+"/", inputs[0])
	}
	n := &c.graph.Nodes[c.index[c.prefix+l.Name]]
	t := tfmodels.Tensor{Layer: n.Name, Call: c.first[l.Name] + call}
	var shapes [][]int
	for _, from := range inputs {
		shapes = append(shapes, c.shapes[from])
	}
	layer, err := c.convert(l, shapes)
	if err != nil {
		return t, err
	}
	if c.shapes[t], err = layer.OutputShape(shapes...); err != nil {
		return t, err
	}
	n.Layer, n.Calls[t.Call], n.Frozen = layer, inputs, l.Frozen
	return t, c.describe(n.Name, l.Config, layer.Weights(shapes...))
}

func (c *invocation) convert(l Layer, shapes [][]int) (layers.Layer, error) {
	convert := c.converters[l.Class]
	if convert == nil {
		return nil, fmt.Errorf("the class is not supported yet: want one of %s", names(c.converters))
	}
	if c.older && l.Config["activation"] == string(layers.HardSigmoid) {
		return nil, errors.New("activation: Keras 2's hard_sigmoid differs from Keras 3's and is not supported: want a file of Keras 3")
	}
	if len(c.model.Shape) == 2 && len(shapes) == 1 && len(shapes[0]) == 2 && l.Class != "Flatten" {
		return nil, fmt.Errorf("an input of shape %v: want a Flatten before the layer if images have no channel axis", shapes[0])
	}
	layer, err := convert(l.Config, shapes)
	if n, is := layer.(layers.BatchNormalization); is {
		n.Frozen = l.Frozen
		layer = n
	}
	return layer, err
}
