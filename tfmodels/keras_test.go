package tfmodels_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
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

func TestForwardPassFollowsKeras(t *testing.T) {
	for _, r := range steps(t) {
		prediction, err := fit.Predict(t.Context(), r.compile(t, graphs.Options{}), r)
		if err != nil {
			t.Fatal(err)
		}
		if r.arrays["inference"] == nil { // Keras's loss is that of the training pass
			near(t, r.model.Name()+": loss", []float64{prediction.Score.Loss}, r.arrays["loss"].Float64(), 1e-6, 0)
		}
		want := r.arrays["probabilities"]
		if inference, other := r.arrays["inference"]; other {
			want = inference
		}
		near(t, r.model.Name()+": probabilities", widened(prediction.Probabilities), want.Float64(), 1e-5, 1e-7)
	}
}

func widened(values []float32) []float64 {
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return wide
}

// With a learning rate of 1, plain descent moves each weight by its gradient.
func TestGradientsFollowKeras(t *testing.T) {
	for _, r := range steps(t) {
		for _, replicas := range []int{1, 3, r.Len() + 1} {
			gradientsFollowKeras(t, r, replicas)
		}
	}
}

func gradientsFollowKeras(t *testing.T, r *reference, replicas int) {
	t.Helper()
	p := r.compile(t, graphs.Options{Optimizer: optim.SGD(1, optim.Momentum{}), Replicas: replicas})
	takeStep(t, p, r)
	sums, err := p.Training.Sums()
	if err != nil {
		t.Fatal(err)
	}
	what := fmt.Sprintf("%s, %d replicas: ", r.model.Name(), replicas)
	near(t, what+"loss", []float64{sums.Loss / float64(r.Len())}, r.arrays["loss"].Float64(), 1e-6, 0)
	for i, after := range weightsOf(t, p) {
		moved := r.weights("before/")[i].Array.Float64()
		for j, v := range after.Array.Float64() {
			moved[j] -= v
		}
		if want := r.arrays["gradient/"+after.Name]; want != nil {
			near(t, what+"gradient of "+after.Name, moved, want.Float64(), 1e-5, 5e-7)
			continue
		}
		near(t, what+after.Name, after.Array.Float64(), r.arrays["after/sgd/"+after.Name].Float64(), 1e-6, 1e-7) // no optimizer moves it
	}
}

func TestUpdatesFollowKeras(t *testing.T) {
	tests := []struct {
		name      string // of the case in the file
		optimizer optim.Optimizer
		schedule  optim.Schedule
	}{
		{"rmsprop", optim.RMSprop(0.001), nil},
		{"rmsprop-decay", optim.RMSprop(1e-4), optim.InverseTimeDecay(1e-2)},
		{"adadelta", optim.Adadelta(0.001), nil},
		{"adadelta-1", optim.Adadelta(1), nil},
		{"sgd", optim.SGD(0.01, optim.Momentum{}), nil},
		{"sgd-momentum", optim.SGD(0.01, optim.Momentum{Rate: 0.9}), nil},
		{"sgd-nesterov", optim.SGD(0.01, optim.Momentum{Rate: 0.9, Nesterov: true}), nil},
		{"adam", optim.Adam(0.001), nil},
	}
	for _, r := range steps(t) {
		for _, tt := range tests {
			t.Run(r.model.Name()+" "+tt.name, func(t *testing.T) {
				p := r.compile(t, graphs.Options{Optimizer: tt.optimizer, Schedule: tt.schedule})
				takeStep(t, p, r)
				want := r.weights("after/" + tt.name + "/")
				for i, got := range weightsOf(t, p) {
					near(t, got.Name, got.Array.Float64(), want[i].Array.Float64(), 1e-6, 2e-7)
				}
			})
		}
	}
}

// Three epochs of Keras's fit, whose last batches are smaller, and its evaluate.
func TestFitFollowsKeras(t *testing.T) {
	for _, replicas := range []int{1, 3} {
		fitFollowsKeras(t, replicas)
	}
}

func fitFollowsKeras(t *testing.T, replicas int) {
	t.Helper()
	r := readReference(t, "uneven.npz", [3]int{6, 5, 1})
	p := r.compile(t, graphs.Options{Optimizer: optim.SGD(0.1, optim.Momentum{}), Replicas: replicas})
	history, err := fit.Fit(t.Context(), p, r, fit.Config{Epochs: 3, BatchSize: 4, InOrder: true})
	if err != nil {
		t.Fatal(err)
	}
	var loss, accuracy []float64
	for _, e := range history.Epochs {
		loss, accuracy = append(loss, e.Training.Loss), append(accuracy, e.Training.Accuracy)
	}
	near(t, "loss", loss, r.arrays["loss"].Float64(), 1e-6, 0)
	near(t, "accuracy", accuracy, r.arrays["accuracy"].Float64(), 1e-6, 0)
	test, err := fit.Evaluate(t.Context(), p, r)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "test loss", []float64{test.Loss}, r.arrays["test_loss"].Float64(), 1e-6, 0)
	near(t, "test accuracy", []float64{test.Accuracy}, r.arrays["test_accuracy"].Float64(), 1e-6, 0)
	want := r.weights("after/")
	for i, got := range weightsOf(t, p) {
		near(t, got.Name, got.Array.Float64(), want[i].Array.Float64(), 2e-6, 2e-7)
	}
}
