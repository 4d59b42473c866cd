package dataset_test

import (
	"context"
	"fmt"
	"log"

	"github.com/tflab/tflab/tfmodels/dataset"
)

// The embedded sample needs no download. "mnist" and "cifar10" are searched for in
// Options.Dir and the caches, then downloaded.
func Example() {
	digits, err := dataset.Open(context.Background(), "sample-mnist", dataset.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(digits.Train.Len(), "for training,", digits.Test.Len(), "for the test")
	fmt.Println("images of", digits.Train.Shape(), "of the classes", digits.Train.Classes())
	// Output:
	// 10000 for training, 2000 for the test
	// images of [28 28 1] of the classes [0 1 2 3 4 5 6 7 8 9]
}
