package graphs

import (
	"errors"
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/npy"
)

// ReadCheckpoint reads the weights of a model from a checkpoint that a Program saved
// with any optimizer, without a Program.
func ReadCheckpoint(m Model, prefix string) ([]npy.Entry, error) {
	s := op.NewScope()
	weights := m.Weights()
	names, slices := make([]string, len(weights)), make([]string, len(weights)) // "" means that a tensor is not sliced
	dtypes := make([]tf.DataType, len(weights))
	for i, w := range weights {
		names[i], dtypes[i] = w.Name, tf.Float
	}
	values := op.RestoreV2(s, op.Const(s.SubScope("prefix"), prefix),
		op.Const(s.SubScope("names"), names), op.Const(s.SubScope("slices"), slices), dtypes)
	session, err := localSession(s)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	tensors, err := session.Run(nil, values, nil)
	if err != nil {
		return nil, fmt.Errorf("graphs: checkpoint %s: %w", prefix, err)
	}
	entries := make([]npy.Entry, len(weights))
	var failed error
	for i, t := range tensors {
		shape := make([]int, len(t.Shape()))
		for j, d := range t.Shape() {
			shape[j] = int(d)
		}
		values, err := floats(t)
		failed = errors.Join(failed, err)
		entries[i] = npy.Entry{Name: weights[i].Name, Array: npy.New(shape, values)}
	}
	if failed != nil {
		return nil, failed
	}
	_, err = CheckWeights(m, entries)
	return entries, err
}
