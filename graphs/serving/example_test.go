package serving_test

import (
	"context"
	"fmt"
	"log"

	"github.com/tflab/tflab/graphs/serving"
)

// Classify one black image with a SavedModel that Keras exported.
func Example() {
	ctx := context.Background()
	model, err := serving.Load("../../testdata/savedmodel/keras", serving.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer model.Close()
	network, err := model.Classify(ctx, serving.ClassifierOptions{})
	if err != nil {
		log.Fatal(err)
	}
	shape := network.InputShape()
	black := make([]byte, shape[0]*shape[1]*shape[2])
	probabilities, err := network.Predict(ctx, serving.Images{Bytes: black})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("image", shape)
	for i, class := range network.Classes() {
		fmt.Printf("class %s: %.3f\n", class, probabilities[i])
	}
	// Output:
	// image [6 6 1]
	// class 0: 0.341
	// class 1: 0.581
	// class 2: 0.054
	// class 3: 0.024
}
