package tfmodels

import "github.com/tflab/tflab/tfmodels/layers"

// mnistImage returns the shape of a digit of MNIST.
func mnistImage() [3]int { return [3]int{28, 28, 1} }

// MNISTMLPLinear returns a perceptron with a linear hidden layer, so that its two
// layers together are one linear map.
func MNISTMLPLinear() *Sequential { return mnistMLP("mnist-mlp-linear", layers.Linear) }

// MNISTMLPReLU returns the same perceptron with a rectified hidden layer.
func MNISTMLPReLU() *Sequential { return mnistMLP("mnist-mlp-relu", layers.ReLU) }

func mnistMLP(name string, hidden layers.Activation) *Sequential {
	return must(name, mnistImage(),
		layers.Flatten{}, // [784]
		layers.Dense{Units: 256, Activation: hidden},        // [256]
		layers.Dense{Units: 10, Activation: layers.Softmax}, // [10]
	)
}
