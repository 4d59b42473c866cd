package servable

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/graphs/savedmodel"
	"github.com/tflab/tflab/graphs/serving"
)

// run is the network of a run.
type run struct {
	*experiment.Trained
	weights string // "last", "best" or a file
	options serving.Options
	last    atomic.Int64 // version of the last load
}

// Run returns the source of a run's network, with the weights named "last" or "best",
// or those of a file.
func Run(t *experiment.Trained, weights string, o serving.Options) Source {
	return &run{Trained: t, weights: weights, options: o}
}

func (r *run) Name() string { return r.Network.Name() }

func (r *run) Load(ctx context.Context) (server.Model, server.Description, error) {
	state, err := r.State(r.weights)
	if err != nil {
		return nil, server.Description{}, err
	}
	version := versionOf(state.File, r.last.Load()) // before reading the file: a change meanwhile is another version
	weights, err := r.WeightsOf(state)
	if err != nil {
		return nil, server.Description{}, err
	}
	labels := r.Config.Data.Classes
	if len(labels) != r.Network.Classes() {
		labels = make([]string, r.Network.Classes())
		for i := range labels {
			labels[i] = fmt.Sprint(i)
		}
	}
	m, err := Network(r.Network, savedmodel.Trained{Weights: weights, Classes: labels}, r.options)
	if err != nil {
		return nil, server.Description{}, err
	}
	if err := r.warm(ctx, m); err != nil {
		m.Close()
		return nil, server.Description{}, err
	}
	r.last.Store(version)
	return m, server.Description{Version: version, Labels: labels, Image: r.Network.InputShape(),
		Source: fmt.Sprintf("weights of %s, %s", filepath.Clean(r.Dir()), time.Unix(version, 0).Format("2 Jan 2006, 15:04"))}, nil
}

// warm makes one prediction, because the first prediction of a session is much slower
// than the following ones.
func (r *run) warm(ctx context.Context, m server.Model) error {
	shape := r.Network.InputShape()
	blank, err := tf.NewTensor(make([]float32, shape[0]*shape[1]*shape[2]))
	if err != nil {
		return err
	}
	if err := blank.Reshape([]int64{1, int64(shape[0]), int64(shape[1]), int64(shape[2])}); err != nil {
		return err
	}
	if _, err = m.Run(ctx, serving.DefaultSignature, map[string]*tf.Tensor{savedmodel.InputName: blank}); err != nil {
		return err
	}
	if shows, is := m.(server.Activations); is {
		_, err = shows.Activations(ctx, blank)
	}
	return err
}

// Whole returns true, because training replaces files atomically.
func (r *run) Whole() bool {
	return r.weights == experiment.LastWeights || r.weights == experiment.BestWeights
}

func (r *run) Stamp() (string, error) {
	state, err := r.State(r.weights)
	if err != nil {
		return "", err
	}
	return fileStamp(state.File)
}
