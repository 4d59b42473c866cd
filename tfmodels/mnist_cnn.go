package tfmodels

import "github.com/tflab/tflab/tfmodels/layers"

// MNISTCNN returns a convolutional network for digits, without regularization.
func MNISTCNN() *Sequential {
	m := MNISTCNNDropout().withoutDropout()
	m.graph.Name = "mnist-cnn"
	return &Sequential{m}
}

// MNISTCNNDropout returns the same network with dropout after the pooling and before
// the last layer.
func MNISTCNNDropout() *Sequential {
	return must("mnist-cnn-dropout", mnistImage(),
		layers.Conv2D{Filters: 32, Kernel: layers.Square(3), Activation: layers.ReLU}, // [26 26 32]
		layers.Conv2D{Filters: 64, Kernel: layers.Square(3), Activation: layers.ReLU}, // [24 24 64]
		layers.MaxPool2D{Size: layers.Square(2)},                                      // [12 12 64]
		layers.Dropout{Rate: 0.25},
		layers.Flatten{},                                  // [9216]
		layers.Dense{Units: 128, Activation: layers.ReLU}, // [128]
		layers.Dropout{Rate: 0.5},
		layers.Dense{Units: 10, Activation: layers.Softmax}, // [10]
	)
}
