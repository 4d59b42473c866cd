package graphs

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/tflab/tflab/graphs/npy"
)

// CheckWeights checks named arrays against a model's weights and returns their values
// in the model's order.
func CheckWeights(m Model, entries []npy.Entry) ([][]float32, error) {
	given := map[string]*npy.Array{}
	for _, e := range entries {
		given[e.Name] = e.Array
	}
	var arrays [][]float32
	for _, w := range m.Weights() {
		a, ok := given[w.Name]
		if !ok {
			return nil, fmt.Errorf("weights for %s: array %q is missing: want float %v", m.Name(), w.Name, w.Shape)
		}
		if !slices.Equal(a.Shape, w.Shape) {
			return nil, fmt.Errorf("weights for %s: array %q has shape %v: want %v", m.Name(), w.Name, a.Shape, w.Shape)
		}
		values := a.Float32()
		for i, v := range values {
			if v != v || math.IsInf(float64(v), 0) {
				return nil, fmt.Errorf("weights for %s: array %q holds %v at element %d: want finite numbers", m.Name(), w.Name, v, i)
			}
		}
		arrays = append(arrays, values)
		delete(given, w.Name)
	}
	for _, e := range entries {
		if _, left := given[e.Name]; left {
			return nil, fmt.Errorf("weights for %s: array %q is unknown: want only the network's weights", m.Name(), e.Name)
		}
	}
	return arrays, nil
}

// shortest returns the float64 that prints like the float32: 0.001 instead of
// 0.0010000000474974513.
func shortest(v float32) float64 {
	f, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64) // parsing a formatted number cannot fail
	return f
}
