package comparison

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tflab/tflab/graphs/npy"
)

// Layer compares the final weights of a layer.
type Layer struct {
	Layer      string `json:"layer"`
	Difference Number `json:"difference"` // largest difference between two weights
	Largest    Number `json:"largest"`    // largest absolute weight, as the scale of Difference
}

// compareWeights compares the final weights, in the order of the first side.
func (r *Result) compareWeights() {
	const what = "final weights"
	if r.a.weights == nil || r.b.weights == nil {
		r.lacks(what, r.a.weights != nil, r.b.weights != nil)
		return
	}
	if mismatch := mismatch(r.a, r.b); mismatch != "" {
		r.NotCompared = append(r.NotCompared, what+": "+mismatch)
		return
	}
	given := byName(r.b.weights)
	for _, e := range r.a.weights {
		layer, _, _ := strings.Cut(e.Name, "/")
		if n := len(r.Weights); n == 0 || r.Weights[n-1].Layer != layer {
			r.Weights = append(r.Weights, Layer{Layer: layer})
		}
		r.Weights[len(r.Weights)-1].add(e.Array.Float64(), given[e.Name].Float64())
	}
}

func (l *Layer) add(a, b []float64) {
	difference, largest := float64(l.Difference), float64(l.Largest)
	for i := range a { // math.Max propagates NaN
		difference = math.Max(difference, math.Abs(a[i]-b[i]))
		largest = math.Max(largest, math.Max(math.Abs(a[i]), math.Abs(b[i])))
	}
	l.Difference, l.Largest = Number(difference), Number(largest)
}

// mismatch says why two sets of weights cannot be compared, or returns "" if they can.
func mismatch(a, b *Side) string {
	inA, inB := byName(a.weights), byName(b.weights)
	for _, e := range a.weights {
		other, ok := inB[e.Name]
		if !ok {
			return fmt.Sprintf("%s has no %s, which %s has", b.Name, e.Name, a.Name)
		}
		if !slices.Equal(e.Array.Shape, other.Shape) {
			return fmt.Sprintf("%s has shape %v with %s, and %v with %s", e.Name, e.Array.Shape, a.Name, other.Shape, b.Name)
		}
	}
	for _, e := range b.weights {
		if _, ok := inA[e.Name]; !ok {
			return fmt.Sprintf("%s has no %s, which %s has", a.Name, e.Name, b.Name)
		}
	}
	return ""
}

func byName(entries []npy.Entry) map[string]*npy.Array {
	arrays := map[string]*npy.Array{}
	for _, e := range entries {
		arrays[e.Name] = e.Array
	}
	return arrays
}
