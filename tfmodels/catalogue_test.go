package tfmodels_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/tfmodels"
)

func TestCatalogue(t *testing.T) {
	mnist := func(optimizer string, epochs int) tfmodels.Recipe {
		return tfmodels.Recipe{Dataset: "mnist", Optimizer: optimizer, BatchSize: 128, Epochs: epochs, ValidationSplit: 0.2}
	}
	const (
		mlp     = 784*256 + 256*10
		cnn     = 26*26*32*9 + 24*24*64*9*32 + 9216*128 + 128*10
		cifar10 = 32*32*32*9*3 + 30*30*32*9*32 + 15*15*32*9*32 + 13*13*32*9*32 + 1152*512 + 512*10
		resnet8 = 32*32*16*9*(3+16+16) + 32*32*16*3 + // the convolutions, then the normalizations of each stage
			16*16*32*(9*16+9*32+16) + 16*16*32*3 +
			8*8*64*(9*32+9*64+32) + 8*8*64*3 + 64*10
	)
	tests := []struct {
		name                     string
		input                    [3]int
		parameters, multiplyAdds int
		recipe                   tfmodels.Recipe
	}{
		{"mnist-mlp-linear", [3]int{28, 28, 1}, 203530, mlp, mnist("rmsprop", 12)},
		{"mnist-mlp-relu", [3]int{28, 28, 1}, 203530, mlp, mnist("rmsprop", 12)},
		{"mnist-cnn", [3]int{28, 28, 1}, 1199882, cnn, mnist("adadelta", 6)},
		{"mnist-cnn-dropout", [3]int{28, 28, 1}, 1199882, cnn, mnist("adadelta", 6)},
		{"cifar10-cnn", [3]int{32, 32, 3}, 624106, cifar10,
			tfmodels.Recipe{Dataset: "cifar10", Optimizer: "rmsprop", LearningRate: 1e-4, Decay: 1e-6, BatchSize: 32, Epochs: 20}},
		{"cifar10-resnet8", [3]int{32, 32, 3}, 78714, resnet8,
			tfmodels.Recipe{Dataset: "cifar10", Optimizer: "adam", LearningRate: 1e-3, BatchSize: 128, Epochs: 20}},
	}
	all := tfmodels.Catalogue()
	if len(all) < len(tests) { // networks that were added later need no row
		t.Fatalf("%d networks, want at least %d", len(all), len(tests))
	}
	for i, tt := range tests {
		n := all[i]
		if n.Name() != tt.name {
			t.Errorf("network %d: got %s, want %s", i, n.Name(), tt.name)
		}
		if n.InputShape() != tt.input || n.Classes() != 10 {
			t.Errorf("%s: %v to %d classes, want %v to 10", tt.name, n.InputShape(), n.Classes(), tt.input)
		}
		if n.Parameters() != tt.parameters {
			t.Errorf("%s: %d parameters, want %d", tt.name, n.Parameters(), tt.parameters)
		}
		parameters, multiplyAdds := 0, 0
		for _, r := range n.Summary() {
			parameters += r.Parameters
			multiplyAdds += r.MultiplyAdds
		}
		if parameters != tt.parameters || multiplyAdds != tt.multiplyAdds {
			t.Errorf("%s: the summary has %d parameters and %d multiply-adds, want %d and %d", tt.name, parameters, multiplyAdds, tt.parameters, tt.multiplyAdds)
		}
		if diff := cmp.Diff(tt.recipe, n.Recipe); diff != "" {
			t.Errorf("%s: recipe (-want +got):\n%s", tt.name, diff)
		}
		found, err := tfmodels.Lookup(tt.name)
		if err != nil || found.Name() != tt.name {
			t.Errorf("Lookup(%q): got %v, %v", tt.name, found.Model, err)
		}
	}
}

func TestAssignedAreTheNetworksOfTheAssignment(t *testing.T) {
	var got []string
	for _, n := range tfmodels.Assigned() {
		got = append(got, n.Name())
	}
	want := []string{"mnist-mlp-linear", "mnist-mlp-relu", "mnist-cnn", "mnist-cnn-dropout", "cifar10-cnn"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("networks (-want +got):\n%s", diff)
	}
}

func TestLookupNamesWhatThereIs(t *testing.T) {
	_, err := tfmodels.Lookup("mnist")
	if err == nil {
		t.Fatal("no error for a network that is not there")
	}
	for _, n := range tfmodels.Catalogue() {
		if !strings.Contains(err.Error(), n.Name()) {
			t.Errorf("%q does not name %s", err, n.Name())
		}
	}
}

func TestLayersAreNamedAsInKeras(t *testing.T) {
	tests := []struct {
		model *tfmodels.Sequential
		rows  []string // name, kind
		names []string
	}{
		{tfmodels.MNISTMLPReLU(), []string{"flatten Flatten", "dense Dense", "dense_1 Dense"},
			[]string{"dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"}},
		{tfmodels.MNISTCNN(), []string{"conv2d Conv2D", "conv2d_1 Conv2D", "max_pooling2d MaxPooling2D", "flatten Flatten", "dense Dense", "dense_1 Dense"},
			[]string{"conv2d/kernel", "conv2d/bias", "conv2d_1/kernel", "conv2d_1/bias", "dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"}},
		{tfmodels.CIFAR10CNN(), []string{"conv2d Conv2D", "conv2d_1 Conv2D", "max_pooling2d MaxPooling2D", "dropout Dropout",
			"conv2d_2 Conv2D", "conv2d_3 Conv2D", "max_pooling2d_1 MaxPooling2D", "dropout_1 Dropout", "flatten Flatten", "dense Dense", "dropout_2 Dropout", "dense_1 Dense"},
			[]string{"conv2d/kernel", "conv2d/bias", "conv2d_1/kernel", "conv2d_1/bias", "conv2d_2/kernel", "conv2d_2/bias",
				"conv2d_3/kernel", "conv2d_3/bias", "dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"}},
	}
	for _, tt := range tests {
		var rows, names []string
		for _, r := range tt.model.Summary() {
			rows = append(rows, r.Name+" "+r.Kind)
		}
		for _, w := range tt.model.Weights() {
			names = append(names, w.Name)
		}
		if diff := cmp.Diff(tt.rows, rows); diff != "" {
			t.Errorf("%s: layers (-want +got):\n%s", tt.model.Name(), diff)
		}
		if diff := cmp.Diff(tt.names, names); diff != "" {
			t.Errorf("%s: weights (-want +got):\n%s", tt.model.Name(), diff)
		}
	}
}

func TestWithoutDropoutKeepsTheRest(t *testing.T) {
	with, without := tfmodels.MNISTCNNDropout(), tfmodels.MNISTCNNDropout().WithoutDropout()
	if got := without.Name(); got != "mnist-cnn-dropout" {
		t.Errorf("name %q, want mnist-cnn-dropout", got)
	}
	if diff := cmp.Diff(tfmodels.MNISTCNN().Summary(), without.Summary()); diff != "" {
		t.Errorf("not mnist-cnn (-want +got):\n%s", diff)
	}
	if got, want := len(with.Summary()), 8; got != want {
		t.Errorf("the network that it was taken from has %d layers, want %d as before", got, want)
	}
}
