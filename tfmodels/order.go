package tfmodels

import (
	"fmt"
	"slices"
)

// sort finds an order in which the calls can be built, each after its inputs, and puts
// the layers in Keras's order: by decreasing distance to the output and, at the same
// distance, in the order in which a traversal from the output visits them
// (keras/src/ops/function.py, map_graph).
func (m *Functional) sort() error {
	var met []string // layers, in the order of the traversal
	begun, done := map[Tensor]bool{}, map[Tensor]bool{}
	var visit func(t Tensor, by string) error
	visit = func(t Tensor, by string) error {
		if t == m.graph.In() || done[t] {
			return nil
		}
		calls, err := m.callsOf(t)
		if err != nil {
			return fmt.Errorf("%s: %w", by, err)
		}
		if begun[t] {
			return fmt.Errorf("layer %q takes its own output", t.Layer)
		}
		begun[t] = true
		if !slices.Contains(met, t.Layer) {
			met = append(met, t.Layer)
		}
		for _, from := range calls[t.Call] {
			if err := visit(from, fmt.Sprintf("layer %q", t.Layer)); err != nil {
				return err
			}
		}
		done[t] = true
		m.order = append(m.order, t)
		return nil
	}
	if err := visit(m.graph.Output, "output"); err != nil {
		return err
	}
	for _, n := range m.graph.Nodes {
		for i := range n.Calls {
			if t := (Tensor{n.Name, i}); !done[t] {
				return fmt.Errorf("layer %q: the output of call %d does not lead to the output of the network", n.Name, i)
			}
		}
		if len(n.Calls) == 0 {
			return fmt.Errorf("layer %q is not called: want its inputs", n.Name)
		}
	}
	depths := m.depths()
	m.graph.Nodes = slices.Clone(m.graph.Nodes)
	slices.SortStableFunc(m.graph.Nodes, func(a, b Node) int {
		if depths[a.Name] != depths[b.Name] {
			return depths[b.Name] - depths[a.Name]
		}
		return slices.Index(met, a.Name) - slices.Index(met, b.Name)
	})
	return nil
}

// callsOf returns the calls of the layer whose output is a tensor.
func (m *Functional) callsOf(t Tensor) ([][]Tensor, error) {
	i := m.graph.node(t.Layer)
	if i < 0 || t.Call < 0 || t.Call >= len(m.graph.Nodes[i].Calls) {
		return nil, fmt.Errorf("no tensor %v", t)
	}
	return m.graph.Nodes[i].Calls, nil
}

// depths returns the layers' largest distances to the output.
func (m *Functional) depths() map[string]int {
	calls, ofLayer := map[Tensor]int{}, map[string]int{}
	for _, t := range slices.Backward(m.order) {
		depth := max(calls[t], ofLayer[t.Layer])
		calls[t], ofLayer[t.Layer] = depth, depth
		for _, from := range m.inputsOf(t) {
			calls[from] = max(calls[from], depth+1)
		}
	}
	return ofLayer
}

// inputsOf returns the inputs of the call whose output is a tensor.
func (m *Functional) inputsOf(t Tensor) []Tensor {
	return m.graph.Nodes[m.graph.node(t.Layer)].Calls[t.Call]
}
