package tfmodels_test

import (
	"encoding/binary"
	"math"
	"path/filepath"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/layers"
)

// The numbers here are Keras's own: see testdata/reference/README.md.

// floats lets a network take float32 images where a program has bytes: an image
// has four bytes, and so four channels, for each number.
type floats struct{ tfmodels.Model }

func (m floats) InputShape() [3]int {
	shape := m.Model.InputShape()
	shape[2] *= 4
	return shape
}

// Logits puts the bytes, which come divided by 255, together again.
func (m floats) Logits(b *graphs.Builder, x tf.Output) tf.Output {
	s, shape := b.Scope("floats"), m.Model.InputShape()
	bytes := op.Cast(s.SubScope("bytes"), op.Round(s, op.Mul(s, x, op.Const(s.SubScope("white"), float32(255)))), tf.Uint8)
	numbers := op.Reshape(s, bytes, op.Const(s.SubScope("shape"), []int32{-1, int32(shape[0]), int32(shape[1]), int32(shape[2]), 4}))
	return m.Model.Logits(b, op.Bitcast(s, numbers, tf.Float))
}

// reference is a file of Keras's: images, labels, weights and more.
type reference struct {
	model  floats
	arrays map[string]*npy.Array
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
	r := &reference{model: floats{m}, arrays: map[string]*npy.Array{}}
	for _, e := range entries {
		r.arrays[e.Name] = e.Array
	}
	return r
}

func (r *reference) Len() int      { return r.arrays["labels"].Len() }
func (r *reference) Shape() [3]int { return r.model.InputShape() }

func (r *reference) Images() []byte {
	var raw []byte
	for _, v := range r.arrays["images"].Float32() {
		raw = binary.NativeEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}

func (r *reference) Labels() []uint8 {
	var labels []uint8
	for _, v := range r.arrays["labels"].Float32() {
		labels = append(labels, uint8(v))
	}
	return labels
}

// compile compiles the network with the weights that Keras began with.
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

// weights are the arrays of the network's weights under a prefix.
func (r *reference) weights(prefix string) []npy.Entry {
	var entries []npy.Entry
	for _, w := range r.model.Weights() {
		if a, ok := r.arrays[prefix+w.Name]; ok {
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

// near compares arrays that may differ by a share of the wanted number's
// magnitude and by a small number.
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

// takeStep trains on the one batch there is.
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
