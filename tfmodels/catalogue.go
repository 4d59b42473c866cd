package tfmodels

import (
	"fmt"
	"strings"
)

// Recipe is how a network of the lab is trained.
type Recipe struct {
	Dataset         string  // a name of package dataset: "mnist" or "cifar10"
	Optimizer       string  // a name of package optim
	LearningRate    float64 // 0 is Keras's default
	Decay           float64 // of the learning rate, per batch
	BatchSize       int
	Epochs          int
	ValidationSplit float64 // the share cut from the end of the training set; 0: validate on the test set
}

// Network is a network of the lab with its recipe.
type Network struct {
	*Sequential
	Recipe Recipe
}

// Catalogue lists the lab's networks in the order of the assignment.
func Catalogue() []Network {
	return []Network{
		{MNISTMLPLinear(), mnistRecipe("rmsprop", 12)},
		{MNISTMLPReLU(), mnistRecipe("rmsprop", 12)},
		{MNISTCNN(), mnistRecipe("adadelta", 6)},
		{MNISTCNNDropout(), mnistRecipe("adadelta", 6)},
		{CIFAR10CNN(), Recipe{Dataset: "cifar10", Optimizer: "rmsprop", LearningRate: 1e-4, Decay: 1e-6, BatchSize: 32, Epochs: 20}},
	}
}

func mnistRecipe(optimizer string, epochs int) Recipe {
	return Recipe{Dataset: "mnist", Optimizer: optimizer, BatchSize: 128, Epochs: epochs, ValidationSplit: 0.2}
}

// Lookup finds a network of the catalogue by its name.
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
