package fit_test

import (
	"context"
	"fmt"
	"log"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// Fit trains until the validation loss no longer falls, then Evaluate measures the
// network on examples that it has not seen.
func Example() {
	ctx := context.Background()
	digits, err := dataset.Open(ctx, "sample-mnist", dataset.Options{})
	if err != nil {
		log.Fatal(err)
	}
	program, err := graphs.Compile(tfmodels.MNISTMLPReLU(), graphs.Options{Optimizer: optim.RMSprop(0.001), Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer program.Close()
	config := fit.Config{Epochs: 5, BatchSize: 128, ValidationSplit: 0.2, Seed: 1}
	history, err := fit.Fit(ctx, program, digits.Train.Slice(0, 2500), config, fit.EarlyStopping(fit.Stopping{Patience: 2}))
	if err != nil {
		log.Fatal(err)
	}
	score, err := fit.Evaluate(ctx, program, digits.Test)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("epochs:", len(history.Epochs))
	fmt.Println("more than 80 % of the test set:", score.Accuracy > 0.8)
	// Output:
	// epochs: 5
	// more than 80 % of the test set: true
}
