package tfmodels

import "github.com/tflab/tflab/graphs"

// Row is one layer in a network's summary.
type Row struct {
	Name         string `json:"name"`
	Kind         string `json:"type"`          // Keras's class
	OutputShape  []int  `json:"output_shape"`  // of one example
	Parameters   int    `json:"parameters"`    // trainable numbers
	MultiplyAdds int    `json:"multiply_adds"` // of one example's forward pass
}

// Summary describes the layers, a row each.
func (m *Sequential) Summary() []Row {
	rows := make([]Row, len(m.layers))
	for i, l := range m.layers {
		rows[i] = Row{Name: l.name, Kind: l.Kind(), OutputShape: l.output,
			Parameters: parameters(l.Weights(l.input)), MultiplyAdds: l.MultiplyAdds(l.input)}
	}
	return rows
}

// Parameters is the number of trainable numbers.
func (m *Sequential) Parameters() int { return parameters(m.Weights()) }

func parameters(weights []graphs.Weight) int {
	n := 0
	for _, w := range weights {
		n += w.Size()
	}
	return n
}
