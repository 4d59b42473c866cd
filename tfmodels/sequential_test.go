package tfmodels_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/layers"
)

func TestNewRefuses(t *testing.T) {
	softmax := layers.Dense{Units: 3, Activation: layers.Softmax}
	tests := []struct {
		name  string
		input [3]int
		stack []layers.Layer
		want  string
	}{
		{"nothing", [3]int{4, 4, 1}, nil, "output of shape [4 4 1]: want [classes]"},
		{"an image at the end", [3]int{4, 4, 1}, []layers.Layer{layers.Conv2D{Filters: 1, Kernel: layers.Square(3), Activation: layers.Softmax}}, "output of shape [2 2 1]: want [classes]"},
		{"no softmax", [3]int{4, 4, 1}, []layers.Layer{layers.Flatten{}, layers.Dense{Units: 3}}, "the last layer must have the softmax activation"},
		{"softmax too early", [3]int{4, 4, 1}, []layers.Layer{layers.Flatten{}, softmax, layers.Activate{}}, "the last layer must have the softmax activation"},
		{"a layer that does not fit", [3]int{4, 4, 1}, []layers.Layer{layers.MaxPool2D{Size: layers.Square(2)}, layers.Conv2D{Filters: 1, Kernel: layers.Square(3)}, layers.Flatten{}, softmax},
			`layer "conv2d": layers: Conv2D: input of 2x2: want at least the size of the kernel, 3x3`},
		{"no pixels", [3]int{0, 4, 1}, []layers.Layer{layers.Flatten{}, softmax}, "images of 0x4x1"},
	}
	for _, tt := range tests {
		_, err := tfmodels.New("small", tt.input, tt.stack...)
		if err == nil {
			t.Errorf("%s: no error", tt.name)
		} else if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "small") {
			t.Errorf("%s: got %q, want %q in it, and the network's name", tt.name, err, tt.want)
		}
	}
}

// The softmax is part of the loss: the logits are the last layer's values before it, in
// both of Keras's ways to write a softmax.
func TestLogitsAreBeforeSoftmax(t *testing.T) {
	stacks := map[string][]layers.Layer{
		"in the last layer":     {layers.Flatten{}, layers.Dense{Units: 2, Activation: layers.Softmax}},
		"as a layer of its own": {layers.Flatten{}, layers.Dense{Units: 2}, layers.Activate{Function: layers.Softmax}},
	}
	for name, stack := range stacks {
		m, err := tfmodels.New("small", [3]int{1, 2, 1}, stack...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s := op.NewScope()
		weights := map[string]tf.Output{
			"dense/kernel": op.Const(s.SubScope("kernel"), [][]float32{{1, 2}, {3, 4}}),
			"dense/bias":   op.Const(s.SubScope("bias"), []float32{10, 20}),
		}
		b := graphs.NewBuilder(s.SubScope("pass"), graphs.Pass{Weights: weights})
		x := op.Placeholder(s.SubScope("x"), tf.Float, op.PlaceholderShape(tf.MakeShape(-1, 1, 2, 1)))
		logits := m.Logits(b, x)
		graph, err := s.Finalize()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		session, err := tf.NewSession(graph, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		image, err := tf.NewTensor([][][][]float32{{{{5}, {6}}}})
		if err != nil {
			t.Fatal(err)
		}
		out, err := session.Run(map[tf.Output]*tf.Tensor{x: image}, []tf.Output{logits}, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, want := out[0].Value().([][]float32)[0], []float32{5 + 18 + 10, 10 + 24 + 20}; !slices.Equal(got, want) {
			t.Errorf("softmax %s: logits %v, want %v", name, got, want)
		}
	}
}

func TestCompileSaysWhichLayerFails(t *testing.T) {
	tests := []struct {
		layer layers.Layer
		want  string
	}{
		{layers.Dense{Units: 4, Activation: "nonsense"}, `unknown activation "nonsense"`},
		{liar{}, "liar gives shape"},
	}
	for _, tt := range tests {
		m, err := tfmodels.New("small", [3]int{2, 2, 1}, layers.Flatten{}, tt.layer, layers.Dense{Units: 3, Activation: layers.Softmax})
		if err != nil {
			t.Fatal(err)
		}
		program, err := graphs.Compile(m, graphs.Options{})
		if err == nil {
			program.Close()
			t.Fatalf("%#v: no error", tt.layer)
		}
		message := err.Error()
		if !strings.Contains(message, tt.want) || !strings.Contains(message, "small") {
			t.Errorf("got %q, want %q and the network's name in it", message, tt.want)
		}
		if strings.ContainsAny(message, "\n\t") || strings.Contains(message, "goroutine") || strings.Contains(message, "Stacktrace") {
			t.Errorf("want one line without a stack trace, got %q", message)
		}
	}
}

// liar announces a shape different from its own.
type liar struct{ layers.Activate }

func (liar) Kind() string                        { return "Liar" }
func (liar) OutputShape(...[]int) ([]int, error) { return []int{7}, nil }

// The five networks in a graph: with random weights in their last layers, each class
// has a probability.
func TestCatalogueCompiles(t *testing.T) {
	for _, n := range tfmodels.Catalogue() {
		program, err := graphs.Compile(n, graphs.Options{Seed: 1})
		if err != nil {
			t.Errorf("%s: %v", n.Name(), err)
			continue
		}
		defer program.Close()
		if err := program.Inference.Load(&grey{n.InputShape()}); err != nil {
			t.Errorf("%s: %v", n.Name(), err)
			continue
		}
		if err := program.Inference.Begin(nil, 2, graphs.Sums{}); err != nil {
			t.Errorf("%s: %v", n.Name(), err)
			continue
		}
		p, err := program.Inference.Probabilities()
		if err != nil || len(p) != 20 {
			t.Errorf("%s: %d probabilities of two images and ten classes, %v", n.Name(), len(p), err)
			continue
		}
		sum := 0.0
		for _, v := range p[:10] {
			sum += float64(v)
		}
		if math.Abs(sum-1) > 1e-5 || !slices.Equal(p[:10], p[10:]) {
			t.Errorf("%s: probabilities %v: want two equal rows that sum to 1", n.Name(), p)
		}
	}
}

// grey is two grey images.
type grey struct{ shape [3]int }

func (g *grey) Len() int        { return 2 }
func (g *grey) Shape() [3]int   { return g.shape }
func (g *grey) Labels() []uint8 { return []uint8{0, 9} }
func (g *grey) Images() []byte {
	return slices.Repeat([]byte{128}, 2*g.shape[0]*g.shape[1]*g.shape[2])
}
