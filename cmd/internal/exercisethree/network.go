// Package exercisethree trains the network built from the functions of package
// lowlevel, and draws the output of each of its layers for one digit.
package exercisethree

import (
	"context"
	"io"

	"github.com/tflab/tflab/cmd/internal/tflog"
	"github.com/tflab/tflab/graphs/lowlevel"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// testImages is the number of test images that measure the accuracy after each cycle.
// They are taken at even distances from the whole test set, because its halves differ.
const testImages = 1000

// CycleSize is the default number of training images per cycle.
const CycleSize = 500

// Options describe a training run.
type Options struct {
	Data      *dataset.Data // MNIST; nil means open it from DataDir
	DataDir   string
	Progress  io.Writer // receives the progress of a download
	Warn      func(message string)
	Cycles    int
	CycleSize int  // training images per cycle
	Pool      bool // max-pool 2x2 after each convolutional layer
	Seed      uint64
	TFLog     bool // show TensorFlow's log lines
	Out       string
}

// training holds a network, its training data and its test data.
type training struct {
	network     *lowlevel.Network
	train, test lowlevel.Examples
	fixed       lowlevel.Examples // test images that measure the accuracy after each cycle
	training    lowlevel.Training
}

// open reads MNIST and builds the network. The caller closes the network.
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

// spread returns count indices below n at even distances.
func spread(count, n int) []int {
	indices := make([]int, count)
	for i := range indices {
		indices[i] = i * n / count
	}
	return indices
}
