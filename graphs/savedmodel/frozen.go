package savedmodel

import (
	"bytes"
	"fmt"

	"github.com/google/renameio/v2"
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// maxFrozen is the maximum size in bytes of a graph that graft can write. The limit of
// a protocol buffer is twice as large.
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
		return nil, fmt.Errorf("savedmodel: %s has %d bytes of weights: want at most %d for a frozen graph; export a SavedModel", t.Model.Name(), total, maxFrozen)
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

// WriteFrozen writes a single file, a GraphDef with the variables as constants. Its
// input is the tensor "image:0", float32 [images, height, width, channels] in the range
// 0 to 1, and its output "probabilities:0". The file is not a SavedModel, and the model
// cannot be trained further.
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
