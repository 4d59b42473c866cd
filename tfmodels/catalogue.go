package tfmodels

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"github.com/tflab/tflab/graphs/optim"
)

// Recipe describes how a network of the lab is trained.
type Recipe struct {
	Dataset         string             // a name of package dataset: "mnist" or "cifar10"
	Optimizer       string             // a name of package optim
	LearningRate    float64            // 0 means Keras's default
	Decay           float64            // of the learning rate, per batch
	Schedule        *optim.Decay       // of the learning rate, in place of both; nil means none
	Hyperparameters map[string]float64 // of the optimizer, by Keras's names; a missing one has Keras's default
	LabelSmoothing  float64            // of the loss
	BatchSize       int
	Epochs          int
	ValidationSplit float64 // share taken from the end of the training set; 0 means validate on the test set
	InitialWeights  string  // file name; "" means drawn by the seed
	BadOptimizer    error   // why the optimizer of the network's file is not available; the user may choose another
	BadLoss         error   // why the file's loss is not available
}

// Check returns an error if the recipe cannot be used; chosen means that the user has
// chosen an optimizer.
func (r Recipe) Check(chosen bool) error {
	if chosen {
		return r.BadLoss
	}
	return cmp.Or(r.BadLoss, r.BadOptimizer)
}

// Catalogue returns all networks: those of the assignment in its order, then the
// others. The colours are from the palette of Okabe and Ito, which colour-blind readers
// can distinguish (https://jfly.uni-koeln.de/color/).
func Catalogue() []Network {
	return []Network{
		{
			Model: MNISTMLPLinear(), Recipe: mnistRecipe("rmsprop", 12),
			Assignment: Assignment{Exercise: 1, Questions: []int{2, 3, 4, 5, 6, 7, 9}},
			Look:       Look{Color: color.RGBA{0xe6, 0x9f, 0x00, 0xff}, Sides: 4}, // orange
		},
		{
			Model: MNISTMLPReLU(), Recipe: mnistRecipe("rmsprop", 12),
			Assignment: Assignment{Exercise: 1, Questions: []int{8, 9, 11}},
			Look:       Look{Color: color.RGBA{0x56, 0xb4, 0xe9, 0xff}}, // sky blue
		},
		{
			Model: MNISTCNN(), Recipe: mnistRecipe("adadelta", 6),
			Assignment: Assignment{Exercise: 1, Questions: []int{10, 11, 12, 13, 14, 15, 18, 19}},
			Look:       Look{Color: color.RGBA{0x00, 0x9e, 0x73, 0xff}, Sides: 3}, // bluish green
		},
		{
			Model: MNISTCNNDropout(), Recipe: mnistRecipe("adadelta", 6),
			Assignment: Assignment{Exercise: 1, Questions: []int{14, 15}},
			Look:       Look{Color: color.RGBA{0x00, 0x72, 0xb2, 0xff}, Sides: 3, Turned: math.Pi}, // blue
		},
		{
			Model:      CIFAR10CNN(),
			Recipe:     Recipe{Dataset: "cifar10", Optimizer: "rmsprop", LearningRate: 1e-4, Decay: 1e-6, BatchSize: 32, Epochs: 20},
			Assignment: Assignment{Exercise: 2, Questions: []int{16, 17, 18, 19}, Source: "cifar10_cnn.go"},
			Look:       Look{Color: color.RGBA{0xcc, 0x79, 0xa7, 0xff}, Sides: 4, Turned: math.Pi / 4}, // reddish purple
		},
		{
			Model:  CIFAR10ResNet8(),
			Recipe: Recipe{Dataset: "cifar10", Optimizer: "adam", LearningRate: 1e-3, BatchSize: 128, Epochs: 20},
			Look:   Look{Color: color.RGBA{0xd5, 0x5e, 0x00, 0xff}, Sides: 5}, // vermillion
		},
	}
}

// Assigned returns the networks of the assignment in its order.
func Assigned() []Network {
	return slices.DeleteFunc(Catalogue(), func(n Network) bool { return n.Assignment.Exercise == 0 })
}

func mnistRecipe(optimizer string, epochs int) Recipe {
	return Recipe{Dataset: "mnist", Optimizer: optimizer, BatchSize: 128, Epochs: epochs, ValidationSplit: 0.2}
}

// Lookup returns the network of the catalogue with the given name.
func Lookup(name string) (Network, error) {
	var names []string
	for _, n := range Catalogue() {
		if n.Name() == name {
			return n, nil
		}
		names = append(names, n.Name())
	}
	return Network{}, fmt.Errorf("tfmodels: unknown network %q: want one of %s", name, strings.Join(names, ", "))
}
