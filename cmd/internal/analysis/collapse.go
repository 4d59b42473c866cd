package analysis

import (
	"fmt"
	"math"

	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// Collapse compares two dense layers with no nonlinearity between them to the single
// layer that is their product:
//
//	(x W1 + b1) W2 + b2 = x (W1 W2) + (b1 W2 + b2)
type Collapse struct {
	Examples   int     `json:"examples"`   // number of test examples
	Agreeing   int     `json:"agreeing"`   // examples that both networks assign to the same class
	Difference float64 `json:"difference"` // largest difference between two logits
	Largest    float64 `json:"largest"`    // largest absolute logit, as the scale of Difference
	Parameters int     `json:"parameters"` // parameters of the single layer
}

// CompareCollapsed multiplies the two layers in float32, the type in which they were
// trained, and evaluates both networks on a test set. The weights are the kernel and
// bias of the first layer, then those of the second, in the order of weights.npz.
func CompareCollapsed(weights []npy.Entry, test *dataset.Set) (*Collapse, error) {
	shape := test.Shape()
	inputs := shape[0] * shape[1] * shape[2]
	if len(weights) != 4 {
		return nil, fmt.Errorf("collapse: %d arrays: want kernel and bias of two layers", len(weights))
	}
	w1, b1, w2, b2 := weights[0].Array, weights[1].Array, weights[2].Array, weights[3].Array
	hidden, classes := b1.Len(), b2.Len()
	if w1.Len() != inputs*hidden || w2.Len() != hidden*classes {
		return nil, fmt.Errorf("collapse: kernels of shapes %v and %v: want [%d %d] and [%d %d]", w1.Shape, w2.Shape, inputs, hidden, hidden, classes)
	}
	first := layer{w1.Float32(), b1.Float32()}
	second := layer{w2.Float32(), b2.Float32()}
	one := layer{bias: second.apply(b1.Float32())}
	for i := range inputs {
		row := layer{second.kernel, make([]float32, classes)}.apply(first.kernel[i*hidden : (i+1)*hidden])
		one.kernel = append(one.kernel, row...)
	}
	c := &Collapse{Examples: test.Len(), Parameters: len(one.kernel) + len(one.bias)}
	x := make([]float32, inputs)
	for i := range test.Len() {
		for j, v := range test.Image(i) {
			x[j] = float32(v) / 255
		}
		c.compare(second.apply(first.apply(x)), one.apply(x))
	}
	return c, nil
}

// compare adds the logits of one example.
func (c *Collapse) compare(two, one []float32) {
	for k := range two {
		c.Difference = math.Max(c.Difference, math.Abs(float64(two[k]-one[k])))
		c.Largest = math.Max(c.Largest, math.Abs(float64(two[k])))
	}
	if greatest(two) == greatest(one) {
		c.Agreeing++
	}
}

func greatest(logits []float32) int {
	at := 0
	for k, v := range logits {
		if v > logits[at] {
			at = k
		}
	}
	return at
}

// layer is a dense layer. The kernel is row-major [inputs, outputs].
type layer struct{ kernel, bias []float32 }

func (l layer) apply(x []float32) []float32 {
	outputs := len(l.bias)
	y := append([]float32(nil), l.bias...)
	for i, v := range x {
		if v == 0 {
			continue
		}
		for k, w := range l.kernel[i*outputs : (i+1)*outputs] {
			y[k] += v * w
		}
	}
	return y
}
