// Package tfmodels has the networks of the lab, each with the recipe that it is
// trained by. A network is a value; there is no graph until graphs.Compile.
package tfmodels

import (
	"fmt"
	"slices"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels/layers"
)

// Sequential is a stack of layers that ends in a softmax over the classes:
// Keras's class of that name. It implements graphs.Model.
type Sequential struct {
	name   string
	input  [3]int
	layers []named
}

// named is a layer in its place: Keras's name for it and the shape it is given.
type named struct {
	layers.Layer
	name          string
	input, output []int
}

// New stacks layers on images of the input's height, width and channels. The
// last layer must have the softmax activation. Layers are named as Keras names
// them: conv2d, conv2d_1, dense, in order.
func New(name string, input [3]int, stack ...layers.Layer) (*Sequential, error) {
	if min(input[0], input[1], input[2]) < 1 {
		return nil, fmt.Errorf("tfmodels: %s: images of %dx%dx%d: want 1 or more of height, width and channels", name, input[0], input[1], input[2])
	}
	m := &Sequential{name: name, input: input}
	taken := map[string]int{}
	shape := input[:]
	for i, l := range stack {
		output, err := l.OutputShape(shape)
		if err != nil {
			return nil, fmt.Errorf("tfmodels: %s: layer %d: %w", name, i+1, err)
		}
		kind := snakeCase(l.Kind())
		layer := named{Layer: l, name: kind, input: shape, output: output}
		if n := taken[kind]; n > 0 {
			layer.name = fmt.Sprintf("%s_%d", kind, n)
		}
		taken[kind]++
		m.layers = append(m.layers, layer)
		shape = output
	}
	if len(shape) != 1 {
		return nil, fmt.Errorf("tfmodels: %s: output of shape %v: want [classes]", name, shape)
	}
	if _, err := m.withoutSoftmax(); err != nil {
		return nil, err
	}
	return m, nil
}

// must is New for the lab's own networks, whose layers are known to fit.
func must(name string, input [3]int, stack ...layers.Layer) *Sequential {
	m, err := New(name, input, stack...)
	if err != nil {
		panic(err)
	}
	return m
}

// Name is the network's name.
func (m *Sequential) Name() string { return m.name }

// InputShape is height, width and channels of the images.
func (m *Sequential) InputShape() [3]int { return m.input }

// Classes is the length of the output.
func (m *Sequential) Classes() int { return m.layers[len(m.layers)-1].output[0] }

// Weights are those of all layers, in order, named layer/kernel and layer/bias.
func (m *Sequential) Weights() []graphs.Weight {
	var all []graphs.Weight
	for _, l := range m.layers {
		for _, w := range l.Weights(l.input) {
			w.Name = l.name + "/" + w.Name
			all = append(all, w)
		}
	}
	return all
}

// Logits adds all layers but the last one's softmax, which belongs to the loss.
func (m *Sequential) Logits(b *graphs.Builder, x tf.Output) tf.Output {
	stack, err := m.withoutSoftmax()
	if err != nil {
		b.Fail(err)
		return x
	}
	for _, l := range stack {
		x = l.Build(b.Within(l.name), l.name, x)
		if b.Failed() {
			return x
		}
		if got, err := x.Shape().ToSlice(); err != nil || !sameShape(got, l.output) {
			b.Fail(fmt.Errorf("%s: %s gives shape %v: want [batch %v]", m.name, l.name, x.Shape(), l.output))
			return x
		}
	}
	return x
}

// WithoutDropout is the network without its Dropout layers, under the same name.
func (m *Sequential) WithoutDropout() Model { return m.withoutDropout() }

func (m *Sequential) withoutDropout() *Sequential {
	rest := *m
	rest.layers = slices.DeleteFunc(slices.Clone(m.layers), func(l named) bool {
		_, is := l.Layer.(layers.Dropout)
		return is
	})
	return &rest
}

// withoutSoftmax is the stack with the last layer's activation removed.
func (m *Sequential) withoutSoftmax() ([]named, error) {
	missing := fmt.Errorf("tfmodels: %s: the last layer must have the softmax activation", m.name)
	if len(m.layers) == 0 {
		return nil, missing
	}
	stack := slices.Clone(m.layers)
	last := &stack[len(stack)-1]
	switch l := last.Layer.(type) {
	case layers.Dense:
		if l.Activation == layers.Softmax {
			l.Activation = layers.Linear
			last.Layer = l
			return stack, nil
		}
	case layers.Activate:
		if l.Function == layers.Softmax {
			return stack[:len(stack)-1], nil
		}
	}
	return nil, missing
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
