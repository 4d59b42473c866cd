package tfmodels

import (
	"encoding/json"
	"slices"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels/layers"
)

// Row is one layer in a network's summary.
type Row struct {
	Name         string         `json:"name"`
	Kind         string         `json:"type"`                    // Keras's class
	OutputShape  []int          `json:"output_shape"`            // of one example
	Parameters   int            `json:"parameters"`              // numbers in the layer's variables
	NonTrainable int            `json:"non_trainable,omitempty"` // of these: numbers that no optimizer moves
	MultiplyAdds int            `json:"multiply_adds"`           // of one example's forward pass, all calls of the layer together
	Connected    []string       `json:"connected_to,omitempty"`  // what its calls take, as Keras writes it; nil in a Sequential
	Config       map[string]any `json:"config,omitempty"`        // what the layer is made of
}

// Summary describes the input and the layers, a row each.
func (m *Functional) Summary() []Row {
	rows := []Row{{Name: m.graph.In().Layer, Kind: "InputLayer", OutputShape: m.graph.Shape[:]}}
	for _, n := range m.graph.Nodes {
		row := Row{Name: n.Name, Kind: n.Layer.Kind(), OutputShape: m.shapes[Tensor{n.Name, 0}], Config: configOf(n.Layer)}
		for _, w := range n.Layer.Weights(m.inputShapes(Tensor{n.Name, 0})...) {
			row.Parameters += w.Size()
			if w.Role != graphs.Trained {
				row.NonTrainable += w.Size()
			}
		}
		for i, call := range n.Calls {
			row.MultiplyAdds += n.Layer.MultiplyAdds(m.inputShapes(Tensor{n.Name, i})...)
			for _, from := range call {
				row.Connected = append(row.Connected, from.String())
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// Parameters counts the numbers of all layers' variables.
func (m *Functional) Parameters() int {
	sum := 0
	for _, row := range m.Summary() {
		sum += row.Parameters
	}
	return sum
}

// MultiplyAdds counts the multiply-adds of one example's forward pass.
func (m *Functional) MultiplyAdds() int {
	sum := 0
	for _, row := range m.Summary() {
		sum += row.MultiplyAdds
	}
	return sum
}

// GainsFromReplicas says whether copies of the network that share a batch pay on a
// CPU: there are convolutions, and no layer makes the copies wait for one another.
func (m *Functional) GainsFromReplicas() bool {
	has := func(kind string) bool {
		return slices.ContainsFunc(m.graph.Nodes, func(n Node) bool { return n.Layer.Kind() == kind })
	}
	return has(layers.Conv2D{}.Kind()) && !has(layers.BatchNormalization{}.Kind())
}

// configOf are the layer's fields as config.json has them.
func configOf(l layers.Layer) map[string]any {
	config := map[string]any{}
	raw, _ := json.Marshal(l) // plain data
	_ = json.Unmarshal(raw, &config)
	if len(config) == 0 {
		return nil
	}
	return config
}
