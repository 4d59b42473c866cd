package servable

import (
	"context"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/graphs/savedmodel"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels"
)

// network is a network of layers that can show the outputs of its first layers.
type network struct {
	*serving.Model
	layers *firstLayers
}

var _ server.Activations = (*network)(nil)

// Network returns a server's model of a network with its weights.
func Network(m tfmodels.Model, t savedmodel.Trained, o serving.Options) (server.Model, error) {
	t.Model = m
	model, err := t.Open(o)
	if err != nil {
		return nil, err
	}
	layers, err := openLayers(m, t.Weights, o)
	if err != nil || layers == nil {
		if err != nil {
			model.Close()
		}
		return model, err
	}
	return &network{model, layers}, nil
}

// Activations computes the outputs of the first layers.
func (n *network) Activations(_ context.Context, images *tf.Tensor) ([]server.Layer, error) {
	return n.layers.run(images)
}

// Close closes both sessions.
func (n *network) Close() error {
	err := n.layers.session.Close()
	if closed := n.Model.Close(); err == nil {
		err = closed
	}
	return err
}
