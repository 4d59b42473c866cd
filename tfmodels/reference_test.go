package tfmodels_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/internal/floatimages"
	"github.com/tflab/tflab/tfmodels/layers"
)

// The numbers are Keras's: see testdata/reference/README.md.

// reference is a file written by Keras: images, labels, weights and more.
type reference struct {
	model floatimages.Model
	floatimages.Arrays
}

func readReference(t *testing.T, file string, input [3]int, stack ...layers.Layer) *reference {
	t.Helper()
	stack = append(stack, layers.Flatten{}, layers.Dense{Units: 7, Activation: layers.ReLU}, layers.Dense{Units: 10, Activation: layers.Softmax})
	m, err := tfmodels.New(strings.TrimSuffix(file, ".npz"), input, stack...)
	if err != nil {
		t.Fatal(err)
	}
	return referenceOf(t, file, m)
}

func referenceOf(t *testing.T, file string, m tfmodels.Model) *reference {
	t.Helper()
	entries, err := npy.ReadArchive(filepath.Join("..", "testdata", "reference", file))
	if err != nil {
		t.Fatal(err)
	}
	r := &reference{model: floatimages.Model{Model: m}, Arrays: floatimages.Arrays{}}
	for _, e := range entries {
		r.Arrays[e.Name] = e.Array
	}
	return r
}

func (r *reference) Shape() [3]int { return r.model.InputShape() }

// compile compiles the network with Keras's initial weights.
func (r *reference) compile(t *testing.T, o graphs.Options) *graphs.Program {
	t.Helper()
	p, err := graphs.Compile(r.model, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	if err := p.SetWeights(r.weights("before/")); err != nil {
		t.Fatal(err)
	}
	return p
}

// weights returns the arrays of the network's weights with a prefix.
func (r *reference) weights(prefix string) []npy.Entry {
	var entries []npy.Entry
	for _, w := range r.model.Weights() {
		if a, ok := r.Arrays[prefix+w.Name]; ok {
			entries = append(entries, npy.Entry{Name: w.Name, Array: a})
		}
	}
	return entries
}

func weightsOf(t *testing.T, p *graphs.Program) []npy.Entry {
	t.Helper()
	entries, err := p.Weights()
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// near compares arrays whose numbers may differ by a relative and an absolute
// tolerance.
func near(t *testing.T, what string, got, want []float64, relative, absolute float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i, w := range want {
		if g := got[i]; !(math.Abs(g-w) <= relative*math.Abs(w)+absolute) {
			t.Fatalf("%s: number %d is %v, want %v", what, i, g, w)
		}
	}
}

func steps(t *testing.T) []*reference {
	t.Helper()
	resnet, err := tfmodels.ResNet("resnet", [3]int{8, 8, 3}, 4, []tfmodels.Residual{{Filters: 4, Stride: 1}, {Filters: 6, Stride: 2}}, 10)
	if err != nil {
		t.Fatal(err)
	}
	return []*reference{
		readReference(t, "step-mlp.npz", [3]int{6, 5, 1}),
		readReference(t, "step-cnn.npz", [3]int{9, 10, 1},
			layers.Conv2D{Filters: 3, Kernel: layers.Square(3), Activation: layers.ReLU}, layers.Conv2D{Filters: 4, Kernel: layers.Square(3), Activation: layers.ReLU}, layers.MaxPool2D{Size: layers.Square(2)}),
		readReference(t, "step-cnn-same.npz", [3]int{12, 12, 3},
			layers.Conv2D{Filters: 2, Kernel: layers.Square(3), Same: true, Activation: layers.ReLU}, layers.Conv2D{Filters: 3, Kernel: layers.Square(3), Activation: layers.ReLU}, layers.MaxPool2D{Size: layers.Square(2)},
			layers.Conv2D{Filters: 4, Kernel: layers.Square(3), Same: true, Activation: layers.ReLU}, layers.Conv2D{Filters: 3, Kernel: layers.Square(3), Activation: layers.ReLU}, layers.MaxPool2D{Size: layers.Square(2)}),
		referenceOf(t, "step-resnet.npz", resnet),
	}
}

// takeStep trains on the only batch.
func takeStep(t *testing.T, p *graphs.Program, r *reference) {
	t.Helper()
	if err := p.Training.Load(r); err != nil {
		t.Fatal(err)
	}
	if err := p.Training.Begin(nil, r.Len(), graphs.Sums{}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Training.Step(); err != nil {
		t.Fatal(err)
	}
}
