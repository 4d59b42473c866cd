package experiment

import (
	"context"
	"fmt"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
	"github.com/tflab/tflab/tfmodels/keras"
)

// OpenData reads the data set and checks that it fits the network.
func (s *Spec) OpenData(ctx context.Context, events Events) (*dataset.Data, error) {
	if err := s.Device.Check(); err != nil { // before any data are read or downloaded
		return nil, err
	}
	n := s.Network
	o := dataset.Options{Dir: s.DataDir, Shape: n.InputShape(), Warn: events.Warn}
	if s.Verbose > 0 {
		o.Progress = events.Progress
	}
	if shape, known := dataset.ShapeOf(s.Dataset); known && shape != n.InputShape() { // before anything is downloaded
		return nil, misfit(s.Dataset, shape, n)
	}
	data, err := dataset.Open(ctx, s.Dataset, o)
	if err != nil {
		return nil, err
	}
	if got := data.Train.Shape(); got != n.InputShape() {
		return nil, misfit(data.Name, got, n)
	}
	if got, want := len(data.Train.Classes()), n.Classes(); got != want {
		return nil, fmt.Errorf("data set %s has %d classes: want %[4]d, as %[3]s has", data.Name, got, n.Name(), want)
	}
	return data, nil
}

func misfit(name string, got [3]int, n tfmodels.Network) error {
	want := n.InputShape()
	return fmt.Errorf("data set %s has images of %dx%dx%d: want %[6]dx%[7]dx%[8]d, as %[5]s takes", name, got[0], got[1], got[2], n.Name(), want[0], want[1], want[2])
}

// StartingWeights returns the initial weights: those of the chosen file, or else those
// that the seed determines.
func (s *Spec) StartingWeights() ([]npy.Entry, error) {
	if entries, err := readWeights(s.InitialWeights, s.Network); entries != nil || err != nil {
		return entries, err
	}
	return graphs.InitialWeights(s.Network, s.Seed), nil
}

// readWeights reads a network's weights from any file that has them. An empty path
// returns none.
func readWeights(path string, m tfmodels.Model) ([]npy.Entry, error) {
	if path == "" {
		return nil, nil
	}
	return keras.ReadWeights(path, m)
}
