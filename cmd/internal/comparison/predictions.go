package comparison

import (
	"fmt"
	"math"
	"slices"
)

// Predictions compares the predictions of two sides for the test set.
type Predictions struct {
	Examples   int    `json:"examples"`
	Different  []int  `json:"different"`  // examples, from 0, with different predicted classes
	Difference Number `json:"difference"` // largest difference between two probabilities
}

func (r *Result) comparePredictions() {
	const what = "predictions of the test set"
	a, b := r.a.probabilities, r.b.probabilities
	switch {
	case a == nil || b == nil:
		r.lacks(what, a != nil, b != nil)
		return
	case !slices.Equal(a.Shape, b.Shape):
		r.NotCompared = append(r.NotCompared, fmt.Sprintf("%s: the array has shape %v with %s, and %v with %s", what, a.Shape, r.a.Name, b.Shape, r.b.Name))
		return
	}
	classes, p, q := a.Shape[1], a.Float64(), b.Float64()
	r.Predictions = &Predictions{Examples: a.Shape[0], Different: []int{}}
	for i := range a.Shape[0] {
		x, y := p[i*classes:(i+1)*classes], q[i*classes:(i+1)*classes]
		if greatest(x) != greatest(y) {
			r.Predictions.Different = append(r.Predictions.Different, i)
		}
		for k := range x {
			r.Predictions.Difference = Number(math.Max(float64(r.Predictions.Difference), math.Abs(x[k]-y[k])))
		}
	}
}

// greatest returns the index of the first of the largest values.
func greatest(values []float64) int {
	at := 0
	for k, v := range values {
		if v > values[at] {
			at = k
		}
	}
	return at
}
