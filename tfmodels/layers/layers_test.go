package layers_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/tfmodels/layers"
)

// layerTest is a layer and an independent computation of its output. Dropout has
// separate tests.
type layerTest struct {
	name  string
	layer layers.Layer
	input []int // without the batch
	naive func(in []array) array
}

func layerTests() []layerTest {
	conv := func(before, h, w int) func([]array) array {
		return func(in []array) array { return naiveConv(in, before, h, w) }
	}
	return []layerTest{
		{"Dense", layers.Dense{Units: 3}, []int{5}, naiveDense},
		{"Dense relu", layers.Dense{Units: 4, Activation: layers.ReLU}, []int{3}, func(in []array) array { return naiveReLU(naiveDense(in)) }},
		{"Dense softmax", layers.Dense{Units: 4, Activation: layers.Softmax}, []int{3}, func(in []array) array { return naiveSoftmax(naiveDense(in)) }},
		{"Dense of one", layers.Dense{Units: 1, Activation: layers.Linear}, []int{1}, naiveDense},
		{"Conv2D", layers.Conv2D{Filters: 2, Kernel: layers.Square(3)}, []int{5, 4, 1}, conv(0, 3, 2)},
		{"Conv2D of its kernel's size", layers.Conv2D{Filters: 2, Kernel: layers.Square(3)}, []int{3, 3, 2}, conv(0, 1, 1)},
		{"Conv2D 1x1", layers.Conv2D{Filters: 3, Kernel: layers.Square(1)}, []int{2, 3, 2}, conv(0, 2, 3)},
		{"Conv2D same relu", layers.Conv2D{Filters: 3, Kernel: layers.Square(3), Same: true, Activation: layers.ReLU}, []int{4, 3, 2},
			func(in []array) array { return naiveReLU(naiveConv(in, 1, 4, 3)) }},
		// An even kernel is padded by one more at the end than at the beginning.
		{"Conv2D same, even kernel", layers.Conv2D{Filters: 1, Kernel: layers.Square(4), Same: true}, []int{3, 5, 1}, conv(1, 3, 5)},
		{"Conv2D same, smaller than its kernel", layers.Conv2D{Filters: 2, Kernel: layers.Square(5), Same: true}, []int{2, 2, 1}, conv(2, 2, 2)},
		{"Conv2D softmax", layers.Conv2D{Filters: 3, Kernel: layers.Square(2), Activation: layers.Softmax}, []int{3, 3, 1},
			func(in []array) array { return naiveSoftmax(naiveConv(in, 0, 2, 2)) }},
		{"MaxPool2D", layers.MaxPool2D{Size: layers.Square(2)}, []int{4, 6, 2}, func(in []array) array { return naivePool(in[0], 2) }},
		{"MaxPool2D with an edge left over", layers.MaxPool2D{Size: layers.Square(3)}, []int{5, 7, 2}, func(in []array) array { return naivePool(in[0], 3) }},
		{"MaxPool2D of single pixels", layers.MaxPool2D{Size: layers.Square(1)}, []int{2, 2, 1}, func(in []array) array { return in[0] }},
		{"Flatten", layers.Flatten{}, []int{2, 3, 2}, func(in []array) array {
			return array{shape: []int{in[0].shape[0], 12}, values: in[0].values}
		}},
		{"Flatten of a vector", layers.Flatten{}, []int{4}, func(in []array) array { return in[0] }},
		{"Activate linear", layers.Activate{}, []int{4}, func(in []array) array { return in[0] }},
		{"Activate relu", layers.Activate{Function: layers.ReLU}, []int{2, 2, 3}, func(in []array) array { return naiveReLU(in[0]) }},
		{"Activate softmax", layers.Activate{Function: layers.Softmax}, []int{5}, func(in []array) array { return naiveSoftmax(in[0]) }},
	}
}

// inputs returns random values for an input of two examples and for the weights.
func (tt layerTest) inputs(r *rand.Rand) []array {
	in := []array{random(r, append([]int{2}, tt.input...)...)}
	for _, w := range tt.layer.Weights(tt.input) {
		in = append(in, random(r, w.Shape...))
	}
	return in
}

func TestLayersComputeTheirDefinition(t *testing.T) {
	for i, tt := range layerTests() {
		t.Run(tt.name, func(t *testing.T) {
			in := tt.inputs(rand.New(rand.NewPCG(1, uint64(i))))
			want := tt.naive(in)
			shape, err := tt.layer.OutputShape(tt.input)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(shape, want.shape[1:]) {
				t.Errorf("OutputShape(%v): got %v, want %v", tt.input, shape, want.shape[1:])
			}
			// Sums of up to 50 products of numbers below 1, in 53 and in 24 bits.
			near(t, "in float64", newRig(t, tt.layer, tf.Double, tt.input).forward(t, in), want, 1e-13)
			near(t, "in float32", newRig(t, tt.layer, tf.Float, tt.input).forward(t, in), want, 1e-5)
		})
	}
}

func TestGradientsAreFiniteDifferences(t *testing.T) {
	for i, tt := range layerTests() {
		t.Run(tt.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(2, uint64(i)))
			in := tt.inputs(r)
			double := newRig(t, tt.layer, tf.Double, tt.input)
			upstream := random(r, double.forward(t, in).shape...)
			got := double.backward(t, in, upstream)
			for k := range in {
				// With h = 1e-5 the error of a central difference is h^2 times the
				// third derivative, of magnitude 1 to 10, plus the rounding of sums
				// over 2h.
				near(t, "gradient in float64", got[k], difference(t, double, in, k, upstream, 1e-5), 1e-8)
			}
			// Training uses float32 and different kernels.
			for k, g := range newRig(t, tt.layer, tf.Float, tt.input).backward(t, in, upstream) {
				near(t, "gradient in float32", g, got[k], 2e-5)
			}
		})
	}
}

// difference returns the central difference of sum(output*upstream) with respect to
// each element of input k.
func difference(t *testing.T, g *rig, in []array, k int, upstream array, h float64) array {
	t.Helper()
	at := func(element int, by float64) float64 {
		moved := slices.Clone(in)
		moved[k].values = slices.Clone(in[k].values)
		moved[k].values[element] += by
		sum := 0.0
		for i, v := range g.forward(t, moved).values {
			sum += v * upstream.values[i]
		}
		return sum
	}
	d := array{shape: in[k].shape}
	for i := range in[k].values {
		d.values = append(d.values, (at(i, h)-at(i, -h))/(2*h))
	}
	return d
}

func near(t *testing.T, what string, got, want array, tolerance float64) {
	t.Helper()
	if !slices.Equal(got.shape, want.shape) {
		t.Fatalf("%s: shape %v, want %v", what, got.shape, want.shape)
	}
	for i, w := range want.values {
		if g := got.values[i]; !(math.Abs(g-w) <= tolerance) {
			t.Fatalf("%s: element %d of %v: got %v, want %v within %g", what, i, want.shape, g, w, tolerance)
		}
	}
}
