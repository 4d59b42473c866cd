package main

import (
	"context"
	"fmt"

	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
	kerasfile "github.com/tflab/tflab/tfmodels/keras"
)

// openData reads a data set for a network and sees that they fit.
func openData(ctx context.Context, con console, name, dir string, n tfmodels.Network) (*dataset.Data, error) {
	o := dataset.Options{Dir: dir, Shape: n.InputShape(), Warn: con.warn}
	if con.verbose > 0 {
		o.Progress = con.err
	}
	if shape, known := dataset.ShapeOf(name); known && shape != n.InputShape() { // before anything is downloaded
		return nil, misfit(name, shape, n)
	}
	data, err := dataset.Open(ctx, name, o)
	if err != nil {
		return nil, err
	}
	if got := data.Train.Shape(); got != n.InputShape() {
		return nil, misfit(data.Name, got, n)
	}
	if got, want := len(data.Train.Classes()), n.Classes(); got != want {
		return nil, fmt.Errorf("data set %s has %d classes: %s tells %d apart", data.Name, got, n.Name(), want)
	}
	return data, nil
}

func misfit(name string, got [3]int, n tfmodels.Network) error {
	want := n.InputShape()
	return fmt.Errorf("data set %s has images of %dx%dx%d: %s wants %dx%dx%d", name, got[0], got[1], got[2], n.Name(), want[0], want[1], want[2])
}

// readWeights reads a network's weights from any file that has them.
func readWeights(path string, m tfmodels.Model) ([]npy.Entry, error) {
	return kerasfile.ReadWeights(path, m)
}
