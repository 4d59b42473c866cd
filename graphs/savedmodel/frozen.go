package savedmodel

import (
	"bytes"
	"fmt"

	"github.com/google/renameio/v2"
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// maxFrozen is the number of bytes that graft writes of a graph. A protocol
// buffer ends at twice as many.
const maxFrozen = 1 << 30

// frozen builds the graph with the variables as constants.
func (t Trained) frozen() (*tf.Graph, error) {
	values, err := t.check()
	if err != nil {
		return nil, err
	}
	total := 0
	for _, v := range values {
		total += 4 * len(v)
	}
	if total >= maxFrozen {
		return nil, fmt.Errorf("savedmodel: %s has %d bytes of weights: a frozen graph ends at %d; want a SavedModel", t.Model.Name(), total, maxFrozen)
	}
	s := op.NewScope()
	weights, err := constants(s, t.Model, values)
	if err != nil {
		return nil, err
	}
	if s.Err() == nil {
		forward(s, t.Model, weights, floatImages(s, t.Model), "network", OutputName)
	}
	return finish(s, t.Model)
}

// WriteFrozen writes one file, a GraphDef with the variables as constants: the
// tensor "image:0", float32 [images, height, width, channels] in 0 to 1, gives
// "probabilities:0". It is no SavedModel, and cannot be trained further.
func (t Trained) WriteFrozen(path string) error {
	graph, err := t.frozen()
	if err != nil {
		return err
	}
	var raw bytes.Buffer
	if _, err := graph.WriteTo(&raw); err != nil {
		return fmt.Errorf("savedmodel: %w", err)
	}
	if err := renameio.WriteFile(path, raw.Bytes(), 0o644); err != nil {
		return fmt.Errorf("savedmodel: %w", err)
	}
	return nil
}
