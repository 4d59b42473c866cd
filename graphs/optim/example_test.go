package optim_test

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

// The learning rate of SGD falls with each batch: rate / (1 + 0.1 * batches).
func ExampleInverseTimeDecay() {
	ctx := context.Background()
	digits, err := dataset.Open(ctx, "sample-mnist", dataset.Options{})
	if err != nil {
		log.Fatal(err)
	}
	program, err := graphs.Compile(tfmodels.MNISTMLPLinear(), graphs.Options{
		Optimizer: optim.SGD(0.5, optim.Momentum{Rate: 0.9, Nesterov: true}),
		Schedule:  optim.InverseTimeDecay(0.1),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer program.Close()
	history, err := fit.Fit(ctx, program, digits.Train.Slice(0, 1000), fit.Config{Epochs: 3, BatchSize: 100})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range history.Epochs {
		fmt.Printf("epoch %d: learning rate %.4f\n", e.Epoch, e.LearningRate)
	}
	// Output:
	// epoch 0: learning rate 0.2500
	// epoch 1: learning rate 0.1667
	// epoch 2: learning rate 0.1250
}

// New returns an optimizer by its name on the command line.
func ExampleNew() {
	for _, semantics := range []optim.Semantics{optim.Keras3, optim.Keras2} {
		o, err := optim.New("adadelta", optim.Settings{Semantics: semantics})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(semantics, o.Name(), o.LearningRate())
	}
	// Output:
	// keras3 adadelta 0.001
	// keras2 adadelta 1
}
