package tfmodels

import "github.com/tflab/tflab/tfmodels/layers"

// CIFAR10CNN returns the lab's network for the colour images of CIFAR-10: two blocks of
// two convolutions, pooling and dropout, then two dense layers.
func CIFAR10CNN() *Sequential {
	return must("cifar10-cnn", [3]int{32, 32, 3},
		layers.Conv2D{Filters: 32, Kernel: layers.Square(3), Same: true, Activation: layers.ReLU}, // [32 32 32]
		layers.Conv2D{Filters: 32, Kernel: layers.Square(3), Activation: layers.ReLU},             // [30 30 32]
		layers.MaxPool2D{Size: layers.Square(2)},                                                  // [15 15 32]
		layers.Dropout{Rate: 0.25},
		layers.Conv2D{Filters: 32, Kernel: layers.Square(3), Same: true, Activation: layers.ReLU}, // [15 15 32]
		layers.Conv2D{Filters: 32, Kernel: layers.Square(3), Activation: layers.ReLU},             // [13 13 32]
		layers.MaxPool2D{Size: layers.Square(2)},                                                  // [6 6 32]
		layers.Dropout{Rate: 0.25},
		layers.Flatten{},                                  // [1152]
		layers.Dense{Units: 512, Activation: layers.ReLU}, // [512]
		layers.Dropout{Rate: 0.5},
		layers.Dense{Units: 10, Activation: layers.Softmax}, // [10]
	)
}
