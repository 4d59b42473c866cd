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
	MultiplyAdds int            `json:"multiply_adds"`           // of one example's forward pass
	Connected    []string       `json:"connected_to,omitempty"`  // the layers it takes from; nil in a network whose layers form a chain
	Config       map[string]any `json:"config,omitempty"`        // what the layer is made of
}

// Summary describes the layers, a row each.
func (m *Sequential) Summary() []Row {
	rows := make([]Row, len(m.layers))
	for i, l := range m.layers {
		rows[i] = Row{Name: l.name, Kind: l.Kind(), OutputShape: l.output, Parameters: parameters(l.Weights(l.input)),
			MultiplyAdds: l.MultiplyAdds(l.input), Config: configOf(l.Layer)}
	}
	return rows
}

// Parameters counts the numbers of all layers' variables.
func (m *Sequential) Parameters() int { return parameters(m.Weights()) }

// MultiplyAdds counts the multiply-adds of one example's forward pass.
func (m *Sequential) MultiplyAdds() int {
	sum := 0
	for _, l := range m.layers {
		sum += l.MultiplyAdds(l.input)
	}
	return sum
}

// Convolves says whether a layer is a convolution.
func (m *Sequential) Convolves() bool {
	return slices.ContainsFunc(m.layers, func(l named) bool { return l.Kind() == layers.Conv2D{}.Kind() })
}

func parameters(weights []graphs.Weight) int {
	n := 0
	for _, w := range weights {
		n += w.Size()
	}
	return n
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
