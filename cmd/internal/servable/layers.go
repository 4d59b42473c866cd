package servable

import (
	"fmt"
	"slices"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels"
)

// maxLayers is the maximum number of layers shown.
const maxLayers = 3

// firstLayers is a graph that computes only the outputs of a network's first layers. It
// is separate from the graph that predicts, so that predictions compute no more than
// necessary.
type firstLayers struct {
	session *tf.Session
	images  tf.Output
	shown   []shown
}

// shown is a layer whose output is shown.
type shown struct {
	row    tfmodels.Row
	output tf.Output
	kernel []float32 // of a Dense layer whose input is the image
}

// openLayers makes the graph. It returns nil if no layer can be shown.
func openLayers(m tfmodels.Model, weights []npy.Entry, o serving.Options) (*firstLayers, error) {
	rows := chooseLayers(m)
	if len(rows) == 0 {
		return nil, nil
	}
	s := op.NewScope()
	shape := m.InputShape()
	images := op.Placeholder(s.SubScope("images"), tf.Float,
		op.PlaceholderShape(tf.MakeShape(-1, int64(shape[0]), int64(shape[1]), int64(shape[2]))))
	values, err := constants(s, m, weights)
	if err != nil {
		return nil, err
	}
	m.Logits(graphs.NewBuilder(s.SubScope("network"), graphs.Pass{Weights: values}), images)
	if err := s.Err(); err != nil {
		message, _, _ := strings.Cut(err.Error(), " (Stacktrace:") // graft adds it
		return nil, fmt.Errorf("layers of %s: %s", m.Name(), message)
	}
	graph, err := s.Finalize()
	if err != nil {
		return nil, err
	}
	l := &firstLayers{images: images}
	operations := graph.Operations()
	for _, row := range rows {
		if output, ok := outputOf(operations, row); ok {
			l.shown = append(l.shown, shown{row: row, output: output, kernel: kernelOf(row, weights)})
		}
	}
	if len(l.shown) == 0 {
		return nil, nil
	}
	settings, err := graphs.SessionOptions(graphs.Options{Device: o.Device, Threads: o.Threads})
	if err != nil {
		return nil, err
	}
	l.session, err = tf.NewSession(graph, settings)
	return l, err
}

// chooseLayers returns the first convolutions and pools or, for a network that flattens
// the image, the first Dense layer.
func chooseLayers(m tfmodels.Model) []tfmodels.Row {
	var rows []tfmodels.Row
	for _, row := range m.Summary() {
		switch {
		case row.Kind == "Dense" && len(rows) == 0:
			if shape := m.InputShape(); row.Parameters >= shape[0]*shape[1]*shape[2]*row.OutputShape[0] && len(row.OutputShape) == 1 {
				return []tfmodels.Row{row}
			}
			return nil
		case len(row.OutputShape) != 3:
		case strings.Contains(row.Kind, "Conv") || strings.Contains(row.Kind, "Pooling"):
			if rows = append(rows, row); len(rows) == maxLayers {
				return rows
			}
		}
	}
	return rows
}

// outputOf finds the output of a layer among the operations that the layer added: the
// last one of the layer's shape, after bias and activation.
func outputOf(operations []tf.Operation, row tfmodels.Row) (output tf.Output, found bool) {
	for _, o := range operations {
		if !strings.HasPrefix(o.Name(), "network/"+row.Name+"/") || o.NumOutputs() < 1 {
			continue
		}
		candidate := o.Output(0)
		dims, err := candidate.Shape().ToSlice()
		if err != nil || len(dims) != len(row.OutputShape)+1 || candidate.DataType() != tf.Float {
			continue
		}
		same := slices.EqualFunc(dims[1:], row.OutputShape, func(a int64, b int) bool { return a == int64(b) })
		if same {
			output, found = candidate, true
		}
	}
	return output, found
}

// kernelOf returns the kernel of a Dense layer.
func kernelOf(row tfmodels.Row, weights []npy.Entry) []float32 {
	for _, w := range weights {
		if row.Kind == "Dense" && w.Name == row.Name+"/kernel" {
			return w.Array.Float32()
		}
	}
	return nil
}

// constants adds the weights to a graph.
func constants(s *op.Scope, m graphs.Model, weights []npy.Entry) (map[string]tf.Output, error) {
	arrays, err := graphs.CheckWeights(m, weights)
	if err != nil {
		return nil, err
	}
	values := map[string]tf.Output{}
	for i, w := range m.Weights() {
		dims := make([]int64, len(w.Shape))
		for j, d := range w.Shape {
			dims[j] = int64(d)
		}
		flat := op.Const(s.SubScope("flat"), arrays[i])
		values[w.Name] = op.Reshape(s.SubScope("weight"), flat, op.Const(s.SubScope("shape"), dims))
	}
	return values, nil
}

// run computes the outputs for images.
func (l *firstLayers) run(images *tf.Tensor) ([]server.Layer, error) {
	fetches := make([]tf.Output, len(l.shown))
	for i, s := range l.shown {
		fetches[i] = s.output
	}
	outputs, err := l.session.Run(map[tf.Output]*tf.Tensor{l.images: images}, fetches, nil)
	if err != nil {
		return nil, fmt.Errorf("layers: %w", err)
	}
	all := make([]server.Layer, len(outputs))
	for i, s := range l.shown {
		all[i] = server.Layer{Name: s.row.Name, Kind: s.row.Kind, Output: outputs[i], Kernel: s.kernel}
	}
	return all, nil
}
