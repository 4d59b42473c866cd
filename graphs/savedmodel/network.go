package savedmodel

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
)

// Names that clients see.
const (
	BytesSignature = "uint8"         // name of the signature that takes bytes
	InputName      = "image"         // in signatures and in the frozen graph
	OutputName     = "probabilities" // in signatures and in the frozen graph
	bytesInput     = "image_uint8"   // tensor that BytesSignature feeds
	bytesOutput    = "probabilities_uint8"
)

// Trained is a model with the values of its variables.
type Trained struct {
	Model   graphs.Model
	Weights []npy.Entry
	Classes []string // names of the classes; may be nil
}

// check checks that the parts are consistent, and returns the values of the variables
// in the model's order.
func (t Trained) check() ([][]float32, error) {
	if n := len(t.Classes); n != 0 && n != t.Model.Classes() {
		return nil, fmt.Errorf("savedmodel: %d names of classes: want %[3]d, as %[2]s has", n, t.Model.Name(), t.Model.Classes())
	}
	for _, name := range t.Classes {
		if strings.ContainsAny(name, "\r\n") {
			return nil, fmt.Errorf("savedmodel: class %q has a line break in its name: want one line", name)
		}
	}
	return graphs.CheckWeights(t.Model, t.Weights)
}

// forward adds the forward pass from images to probabilities. Its input and output have
// the given names.
func forward(s *op.Scope, m graphs.Model, weights map[string]tf.Output, images tf.Output, pass, output string) tf.Output {
	logits := m.Logits(graphs.NewBuilder(s.SubScope(pass), graphs.Pass{Weights: weights}), images)
	return named(s, output, "Softmax", logits)
}

// floatImages adds the input of floats from 0 to 1.
func floatImages(s *op.Scope, m graphs.Model) tf.Output {
	return placeholder(s, InputName, tf.Float, m.InputShape())
}

// byteImages adds the input of bytes and scales them as in training.
func byteImages(s *op.Scope, m graphs.Model) tf.Output {
	raw := placeholder(s, bytesInput, tf.Uint8, m.InputShape())
	s = s.SubScope("scale")
	return op.Div(s, op.Cast(s, raw, tf.Float), op.Const(s.SubScope("white"), float32(255)))
}

func placeholder(s *op.Scope, name string, dtype tf.DataType, shape [3]int) tf.Output {
	return output(s, tf.OpSpec{Type: "Placeholder", Name: name, Attrs: map[string]any{
		"dtype": dtype,
		"shape": tf.MakeShape(-1, int64(shape[0]), int64(shape[1]), int64(shape[2])),
	}})
}

// named adds an operation with one input and exactly this name.
func named(s *op.Scope, name, kind string, in tf.Output) tf.Output {
	if s.Err() != nil {
		return tf.Output{}
	}
	return output(s, tf.OpSpec{Type: kind, Name: name, Input: []tf.Input{in}})
}

// output adds an operation and returns its first output.
func output(s *op.Scope, spec tf.OpSpec) tf.Output {
	o := s.AddOperation(spec)
	if o == nil {
		return tf.Output{}
	}
	return o.Output(0)
}

// constants adds the values of the variables as constants.
func constants(s *op.Scope, m graphs.Model, values [][]float32) (map[string]tf.Output, error) {
	all := map[string]tf.Output{}
	for i, w := range m.Weights() {
		t, err := floatTensor(w.Shape, values[i])
		if err != nil {
			return nil, fmt.Errorf("savedmodel: %s: %w", w.Name, err)
		}
		all[w.Name] = output(s, tf.OpSpec{Type: "Const", Name: w.Name, Attrs: map[string]any{"dtype": tf.Float, "value": t}})
	}
	return all, nil
}

func floatTensor(shape []int, values []float32) (*tf.Tensor, error) {
	raw, err := binary.Append(nil, binary.NativeEndian, values)
	if err != nil {
		return nil, err
	}
	return tf.ReadTensor(tf.Float, int64s(shape), bytes.NewReader(raw))
}

func int64s(shape []int) []int64 {
	dims := make([]int64, len(shape))
	for i, d := range shape {
		dims[i] = int64(d)
	}
	return dims
}

// finish completes a graph.
func finish(s *op.Scope, m graphs.Model) (*tf.Graph, error) {
	if err := s.Err(); err != nil {
		message, _, _ := strings.Cut(err.Error(), " (Stacktrace:") // graft appends it
		return nil, fmt.Errorf("savedmodel: %s (building %s)", message, m.Name())
	}
	graph, err := s.Finalize()
	if err != nil {
		return nil, fmt.Errorf("savedmodel: %w", err)
	}
	return graph, nil
}
