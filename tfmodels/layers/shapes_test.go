package layers_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels/layers"
)

func TestLayersRefuseWhatDoesNotFit(t *testing.T) {
	tests := []struct {
		layer layers.Layer
		input []int
		want  string
	}{
		{layers.Dense{Units: 3}, []int{28, 28, 1}, "Dense: input of shape [28 28 1]: want [features]; put a Flatten before it"},
		{layers.Dense{Units: 0}, []int{5}, "Dense: 0 units"},
		{layers.Dense{Units: -1}, []int{5}, "Dense: -1 units"},
		{layers.Conv2D{Filters: 1, Kernel: layers.Square(3)}, []int{9}, "Conv2D: input of shape [9]: want [height width channels]"},
		{layers.Conv2D{Filters: 1, Kernel: layers.Square(3)}, []int{2, 9, 1}, "Conv2D: input of 2x9: want at least the size of the kernel, 3x3"},
		{layers.Conv2D{Filters: 1, Kernel: layers.Square(3)}, []int{9, 2, 1}, "Conv2D: input of 9x2: want at least the size of the kernel, 3x3"},
		{layers.Conv2D{Filters: 0, Kernel: layers.Square(3)}, []int{9, 9, 1}, "Conv2D: 0 filters of size 3x3"},
		{layers.Conv2D{Filters: 4, Kernel: layers.Square(0), Same: true}, []int{9, 9, 1}, "Conv2D: 4 filters of size 0x0"},
		{layers.MaxPool2D{Size: layers.Square(2)}, []int{4, 4}, "MaxPooling2D: input of shape [4 4]"},
		{layers.MaxPool2D{Size: layers.Square(0)}, []int{4, 4, 1}, "MaxPooling2D: windows of 0x0: want windows that fit an input of 4x4"},
		{layers.MaxPool2D{Size: layers.Square(5)}, []int{4, 6, 1}, "MaxPooling2D: windows of 5x5: want windows that fit an input of 4x6"},
		{layers.Dropout{Rate: 1}, []int{4}, "Dropout: rate 1: want 0 to 1, 1 excluded"},
		{layers.Dropout{Rate: -0.1}, []int{4}, "Dropout: rate -0.1"},
		{layers.Dropout{Rate: math.NaN()}, []int{4}, "Dropout: rate NaN"},
	}
	for _, tt := range tests {
		shape, err := tt.layer.OutputShape(tt.input)
		if err == nil {
			t.Errorf("%#v on %v: got shape %v, want an error", tt.layer, tt.input, shape)
		} else if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%#v on %v: got %q, want %q in it", tt.layer, tt.input, err, tt.want)
		}
	}
}

func TestWeightsAndWork(t *testing.T) {
	tests := []struct {
		layer        layers.Layer
		input        []int
		kernel, bias []int // nil if there is none
		multiplyAdds int
	}{
		{layers.Dense{Units: 3}, []int{5}, []int{5, 3}, []int{3}, 15},
		{layers.Conv2D{Filters: 4, Kernel: layers.Square(3)}, []int{6, 5, 2}, []int{3, 3, 2, 4}, []int{4}, 4 * 3 * 4 * (3 * 3 * 2)},
		{layers.Conv2D{Filters: 4, Kernel: layers.Square(3), Same: true}, []int{6, 5, 2}, []int{3, 3, 2, 4}, []int{4}, 6 * 5 * 4 * (3 * 3 * 2)},
		{layers.MaxPool2D{Size: layers.Square(2)}, []int{6, 5, 2}, nil, nil, 0},
		{layers.Dropout{Rate: 0.5}, []int{5}, nil, nil, 0},
		{layers.Flatten{}, []int{6, 5, 2}, nil, nil, 0},
		{layers.Activate{Function: layers.ReLU}, []int{5}, nil, nil, 0},
	}
	for _, tt := range tests {
		if got := tt.layer.MultiplyAdds(tt.input); got != tt.multiplyAdds {
			t.Errorf("%#v: %d multiply-adds, want %d", tt.layer, got, tt.multiplyAdds)
		}
		weights := tt.layer.Weights(tt.input)
		if tt.kernel == nil {
			if len(weights) != 0 {
				t.Errorf("%#v: weights %v, want none", tt.layer, weights)
			}
			continue
		}
		if len(weights) != 2 || weights[0].Name != "kernel" || weights[1].Name != "bias" ||
			!slices.Equal(weights[0].Shape, tt.kernel) || !slices.Equal(weights[1].Shape, tt.bias) {
			t.Errorf("%#v: weights %v, want kernel %v and bias %v", tt.layer, weights, tt.kernel, tt.bias)
		}
	}
}

func TestUnknownActivationFailsTheBuild(t *testing.T) {
	s := op.NewScope()
	x := op.Placeholder(s, tf.Float, op.PlaceholderShape(tf.MakeShape(-1, 4)))
	b := graphs.NewBuilder(s, graphs.Pass{})
	layers.Activate{Function: "sine"}.Build(b.Within("activation"), "activation", x)
	if !b.Failed() || !strings.Contains(s.Err().Error(), `unknown activation "sine": want one of [linear relu`) {
		t.Errorf("got error %v, want one that names the activation", s.Err())
	}
}

func TestLayersLeaveAFailedGraphAlone(t *testing.T) {
	all := []layers.Layer{layers.Dense{Units: 3, Activation: layers.ReLU}, layers.Conv2D{Filters: 2, Kernel: layers.Square(3), Activation: layers.Softmax},
		layers.MaxPool2D{Size: layers.Square(2)}, layers.Dropout{Rate: 0.5}, layers.Flatten{}, layers.Activate{Function: layers.ReLU}}
	for _, l := range all {
		s := op.NewScope()
		step := op.Const(s.SubScope("step"), int64(0))
		b := graphs.NewBuilder(s, graphs.Pass{Training: true, Step: step})
		x := b.Weight("missing") // fails the graph
		if !b.Failed() {
			t.Fatal("a weight that was not declared does not fail the build")
		}
		l.Build(b.Within("layer"), "layer", x) // would crash if it used x
		if !strings.Contains(s.Err().Error(), `weight "missing" was not declared`) {
			t.Errorf("%s: got error %v, want the first one", l.Kind(), s.Err())
		}
	}
}
