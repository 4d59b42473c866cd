package tfmodels_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels"
)

// The initial weights of each network have Keras's distribution: the same shape and
// limits, and the same mean and variance within the statistical error.
func TestInitialWeightsFollowKeras(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "testdata", "reference", "initializers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var keras map[string]map[string]struct {
		Shape                 []int
		Limit, Mean, Variance float64
	}
	if err := json.Unmarshal(data, &keras); err != nil {
		t.Fatal(err)
	}
	for _, n := range tfmodels.Catalogue() {
		if n.Assignment.Exercise == 0 && keras[n.Name()] == nil {
			continue // nobody wrote the network in Python
		}
		weights := graphs.InitialWeights(n, 1)
		if len(keras[n.Name()]) != len(weights) {
			t.Errorf("%s: %d weights, Keras has %d", n.Name(), len(weights), len(keras[n.Name()]))
		}
		for _, w := range weights {
			want := keras[n.Name()][w.Name]
			if !slices.Equal(w.Array.Shape, want.Shape) {
				t.Errorf("%s: %s has shape %v, want %v", n.Name(), w.Name, w.Array.Shape, want.Shape)
			}
			if want.Limit == 0 { // a constant
				for _, v := range w.Array.Float64() {
					if v != want.Mean {
						t.Errorf("%s: %s begins with %v, want %v", n.Name(), w.Name, v, want.Mean)
					}
				}
				continue
			}
			mean, variance := moments(w.Array.Float64(), want.Limit*(1+1e-7))
			// Both are samples: twice four standard deviations of one.
			count := float64(w.Array.Len())
			if bound := 8 * want.Limit / math.Sqrt(3*count); !(math.Abs(mean-want.Mean) <= bound) {
				t.Errorf("%s: mean of %s is %v, want %v within %v", n.Name(), w.Name, mean, want.Mean, bound)
			}
			if bound := 8 * want.Limit * want.Limit * math.Sqrt((1.0/5-1.0/9)/count); !(math.Abs(variance-want.Variance) <= bound) {
				t.Errorf("%s: variance of %s is %v, want %v within %v", n.Name(), w.Name, variance, want.Variance, bound)
			}
		}
	}
}

// moments returns mean and variance, or NaN if a value is outside the limits.
func moments(values []float64, limit float64) (mean, variance float64) {
	n := float64(len(values))
	for _, v := range values {
		if math.Abs(v) > limit {
			return math.NaN(), math.NaN()
		}
		mean += v / n
	}
	for _, v := range values {
		variance += (v - mean) * (v - mean) / n
	}
	return mean, variance
}
