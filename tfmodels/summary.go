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
	Parameters   int            `json:"parameters"`              // number of parameters in the layer's variables
	NonTrainable int            `json:"non_trainable,omitempty"` // number of these that no optimizer changes
	MultiplyAdds int            `json:"multiply_adds"`           // in the forward pass of one example, all calls of the layer together
	Connected    []string       `json:"connected_to,omitempty"`  // inputs of its calls in Keras's format; nil in a Sequential
	Config       map[string]any `json:"config,omitempty"`        // the layer's options
}

// Summary describes the input and the layers, one per row.
func (m *Functional) Summary() []Row {
	rows := []Row{{Name: m.graph.In().Layer, Kind: "InputLayer", OutputShape: m.graph.inputShape()}}
	for _, n := range m.graph.Nodes {
		row := Row{Name: n.Name, Kind: n.Layer.Kind(), OutputShape: m.shapes[Tensor{n.Name, 0}], Config: configOf(n.Layer)}
		for _, w := range n.Layer.Weights(m.inputShapes(Tensor{n.Name, 0})...) {
			row.Parameters += w.Size()
			if n.Frozen || w.Role != graphs.Trained {
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

// Parameters returns the number of parameters in all variables.
func (m *Functional) Parameters() int {
	sum := 0
	for _, row := range m.Summary() {
		sum += row.Parameters
	}
	return sum
}

// MultiplyAdds returns the number of multiply-adds in the forward pass of one example.
func (m *Functional) MultiplyAdds() int {
	sum := 0
	for _, row := range m.Summary() {
		sum += row.MultiplyAdds
	}
	return sum
}

// GainsFromReplicas reports whether copies of the network that share a batch are faster
// on a CPU. They are if the network has convolutions, and no layer that synchronizes
// the copies, such as a batch normalization.
func (m *Functional) GainsFromReplicas() bool {
	has := func(kind string) bool {
		return slices.ContainsFunc(m.graph.Nodes, func(n Node) bool { return n.Layer.Kind() == kind })
	}
	return has(layers.Conv2D{}.Kind()) && !has(layers.BatchNormalization{}.Kind())
}

// configOf returns the layer's options as recorded in config.json.
func configOf(l layers.Layer) map[string]any {
	config := map[string]any{}
	raw, _ := json.Marshal(l) // plain data cannot fail
	_ = json.Unmarshal(raw, &config)
	if len(config) == 0 {
		return nil
	}
	return config
}
