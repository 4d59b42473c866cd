// Package exercisethree trains the network that is made of the lab's own functions,
// package lowlevel's, and shows what its layers make of a digit.
package exercisethree

import (
	"context"
	"io"

	"github.com/tflab/tflab/cmd/internal/tflog"
	"github.com/tflab/tflab/graphs/lowlevel"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// testImages is how many test images measure the accuracy of a cycle, taken at even
// distances from the whole test set, whose halves are unlike.
const testImages = 1000

// CycleSize is the number of training images of a cycle unless another is chosen.
const CycleSize = 500

// Options describe a training.
type Options struct {
	Data      *dataset.Data // MNIST; nil: opened from DataDir
	DataDir   string
	Progress  io.Writer // of a download
	Warn      func(message string)
	Cycles    int
	CycleSize int  // training images of a cycle
	Pool      bool // 2x2 after each convolutional layer
	Seed      uint64
	TFLog     bool // let TensorFlow's own lines through
	Out       string
}

// training is a network with the data it learns from and how it does.
type training struct {
	network     *lowlevel.Network
	train, test lowlevel.Examples
	fixed       lowlevel.Examples // the test images that measure a cycle
	training    lowlevel.Training
}

// open reads MNIST and makes the network. Close the network after use.
func open(ctx context.Context, o Options) (*training, error) {
	data := o.Data
	if data == nil {
		var err error
		if data, err = dataset.Open(ctx, "mnist", dataset.Options{Dir: o.DataDir, Progress: o.Progress, Warn: o.Warn}); err != nil {
			return nil, err
		}
	}
	config := lowlevel.Config{Shape: data.Train.Shape(), Classes: len(data.Train.Classes()), Seed: o.Seed}
	if o.Pool {
		config.Pool = 2
	}
	t := &training{
		train:    lowlevel.Examples{Images: data.Train.Images(), Labels: data.Train.Labels()},
		test:     lowlevel.Examples{Images: data.Test.Images(), Labels: data.Test.Labels()},
		training: lowlevel.Training{Cycles: o.Cycles, CycleSize: o.CycleSize},
	}
	t.fixed = t.test.Pick(spread(min(testImages, t.test.Len()), t.test.Len()))
	return t, tflog.Unless(o.TFLog, func() (err error) {
		t.network, err = lowlevel.NewNetwork(config)
		return err
	})
}

// spread picks count indices below n at even distances.
func spread(count, n int) []int {
	indices := make([]int, count)
	for i := range indices {
		indices[i] = i * n / count
	}
	return indices
}
