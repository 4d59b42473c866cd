package layers_test

import (
	"fmt"
	"log"

	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/layers"
)

// A small convolutional network for digits, and the weights of its layers.
func Example() {
	g := tfmodels.Graph{Name: "small", Shape: [3]int{28, 28, 1}}
	x := g.Add(layers.Conv2D{Filters: 8, Kernel: layers.Square(3), Activation: layers.ReLU}, g.In())
	x = g.Add(layers.MaxPool2D{Size: layers.Square(2)}, x)
	x = g.Add(layers.Dropout{Rate: 0.25}, x)
	x = g.Add(layers.Flatten{}, x)
	g.Add(layers.Dense{Units: 10, Activation: layers.Softmax}, x)
	network, err := g.Model()
	if err != nil {
		log.Fatal(err)
	}
	for _, w := range network.Weights() {
		fmt.Println(w.Name, w.Shape)
	}
	// Output:
	// conv2d/kernel [3 3 1 8]
	// conv2d/bias [8]
	// dense/kernel [1352 10]
	// dense/bias [10]
}
