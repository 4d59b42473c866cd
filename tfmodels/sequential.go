package tfmodels

import (
	"github.com/tflab/tflab/tfmodels/layers"
)

// Sequential is a network whose layers form a chain, like Keras's class of that name.
type Sequential struct{ *Functional }

// New returns a network of stacked layers for images of the given height, width and
// channels. The last layer must have the softmax activation. Layers have Keras's
// default names: conv2d, conv2d_1, dense, in order.
func New(name string, input [3]int, stack ...layers.Layer) (*Sequential, error) {
	g := Graph{Name: name, Shape: input}
	x := g.In()
	for _, l := range stack {
		x = g.Add(l, x)
	}
	m, err := g.Model()
	if err != nil {
		return nil, err
	}
	return &Sequential{m}, nil
}

// must is New for the lab's own networks, whose layers are known to be valid.
func must(name string, input [3]int, stack ...layers.Layer) *Sequential {
	m, err := New(name, input, stack...)
	if err != nil {
		panic(err)
	}
	return m
}

// WithoutDropout returns the network without the layers that draw random numbers in
// training, under the same name.
func (m *Sequential) WithoutDropout() Model { return &Sequential{m.withoutDropout()} }

// Summary describes the layers, one per row. It omits the connections, which follow
// from the order.
func (m *Sequential) Summary() []Row {
	rows := m.Functional.Summary()[1:] // without the input, as in Keras
	for i := range rows {
		rows[i].Connected = nil
	}
	return rows
}
