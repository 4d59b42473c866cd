package tfmodels_test

import (
	"context"
	"fmt"
	"os"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// The README shows this function; a test compares the two.
func train(ctx context.Context, dir string) error {
	mnist, err := dataset.MNIST(dir)
	if err != nil {
		return err
	}
	model := tfmodels.MNISTCNN() // a value; no graph yet
	program, err := graphs.Compile(model, graphs.Options{Optimizer: optim.Adadelta(0.001), Seed: 1})
	if err != nil {
		return err
	}
	defer program.Close()
	history, err := fit.Fit(ctx, program, mnist.Train, fit.Config{Epochs: 6, BatchSize: 128, ValidationSplit: 0.2}, fit.Progress(os.Stderr))
	if err != nil {
		return err
	}
	score, err := fit.Evaluate(ctx, program, mnist.Test)
	if err != nil {
		return err
	}
	fmt.Printf("%d epochs: test loss %.4f accuracy %.4f\n", len(history.Epochs), score.Loss, score.Accuracy)
	return nil
}

// The complete recipe of a convolutional network. It takes minutes, so it is compiled
// here but not run.
func Example_recipe() {
	if err := train(context.Background(), "data"); err != nil {
		fmt.Println(err)
	}
}

// A perceptron learns the first of the embedded digits.
func Example() {
	data, err := dataset.Open(context.Background(), "sample-mnist", dataset.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	program, err := graphs.Compile(tfmodels.MNISTMLPReLU(), graphs.Options{Optimizer: optim.RMSprop(0.001), Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer program.Close()
	history, err := fit.Fit(context.Background(), program, data.Train.Slice(0, 2000), fit.Config{Epochs: 3, BatchSize: 128})
	if err != nil {
		fmt.Println(err)
		return
	}
	last := history.Epochs[2].Training
	fmt.Println("learned:", last.Accuracy > 0.85 && last.Loss < history.Epochs[0].Training.Loss)
	// Output: learned: true
}
