package graphs

import (
	"bytes"
	"fmt"
	"io"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/util/event_go_proto"
	"github.com/wamuir/graft/tensorflow/op"
	"google.golang.org/protobuf/proto"
)

// SummaryWriter writes TensorBoard's event files with TensorFlow's own summary
// operations. The operations have a separate graph and session on the CPU, so they do
// not affect the observed program.
type SummaryWriter struct {
	session *tf.Session

	step, tag, scalar, values, proto tf.Output // placeholders

	writeScalar, writeHistogram, writeGraph, writeEvent, flush, close *tf.Operation
}

// NewSummaryWriter creates a new event file in a folder. Flush and Close write it to
// disk.
func NewSummaryWriter(dir string) (*SummaryWriter, error) {
	scope := op.NewScope()
	w := &SummaryWriter{}
	create := w.build(scope, dir)
	if err := scopeError(scope); err != nil {
		return nil, err
	}
	graph, err := scope.Finalize()
	if err != nil {
		return nil, fmt.Errorf("graphs: summaries: %w", err)
	}
	settings, err := Options{Device: CPU}.sessionOptions()
	if err != nil {
		return nil, err
	}
	if w.session, err = tf.NewSession(graph, settings); err != nil {
		return nil, fmt.Errorf("graphs: summaries: %w", err)
	}
	if err := w.run(create, nil); err != nil {
		w.session.Close()
		return nil, err
	}
	return w, nil
}

// build adds the operations, most of which graft does not wrap, and returns the one
// that opens the file.
func (w *SummaryWriter) build(s *op.Scope, dir string) (create *tf.Operation) {
	feed := func(name string, dtype tf.DataType, shape tf.Shape) tf.Output {
		return op.Placeholder(s.SubScope(name), dtype, op.PlaceholderShape(shape))
	}
	w.step = feed("step", tf.Int64, tf.ScalarShape())
	w.tag = feed("tag", tf.String, tf.ScalarShape())
	w.scalar = feed("scalar", tf.Float, tf.ScalarShape())
	w.values = feed("values", tf.Float, tf.MakeShape(-1))
	w.proto = feed("proto", tf.String, tf.ScalarShape())
	add := func(kind string, inputs ...tf.Input) *tf.Operation {
		return s.AddOperation(tf.OpSpec{Type: kind, Input: inputs})
	}
	resource := add("SummaryWriter")
	if resource == nil {
		return nil
	}
	file := resource.Output(0)
	// Only Flush flushes the queue; the other two limits are never reached.
	length, millis := op.Const(s.SubScope("queue"), int32(1<<20)), op.Const(s.SubScope("millis"), int32(1<<30))
	create = add("CreateSummaryFileWriter", file, op.Const(s.SubScope("dir"), dir), length, millis, op.Const(s.SubScope("suffix"), ".tflab"))
	w.writeScalar = add("WriteScalarSummary", file, w.step, w.tag, w.scalar)
	w.writeHistogram = add("WriteHistogramSummary", file, w.step, w.tag, w.values)
	w.writeGraph = add("WriteGraphSummary", file, w.step, w.proto)
	w.writeEvent = add("ImportEvent", file, w.proto)
	w.flush = add("FlushSummaryWriter", file)
	w.close = add("CloseSummaryWriter", file)
	return create
}

// Scalar writes one number, as float32.
func (w *SummaryWriter) Scalar(tag string, step int64, value float64) error {
	return w.run(w.writeScalar, map[tf.Output]any{w.tag: tag, w.step: step, w.scalar: float32(value)})
}

// Histogram writes the distribution of values, which must be finite.
func (w *SummaryWriter) Histogram(tag string, step int64, values []float32) error {
	return w.run(w.writeHistogram, map[tf.Output]any{w.tag: tag, w.step: step, w.values: values})
}

// Graph writes a program's graph.
func (w *SummaryWriter) Graph(p *Program) error {
	var definition bytes.Buffer
	if err := p.WriteGraph(&definition); err != nil {
		return fmt.Errorf("graphs: summaries: %w", err)
	}
	return w.run(w.writeGraph, map[tf.Output]any{w.step: int64(0), w.proto: definition.String()})
}

// Restart makes TensorBoard discard the data of this step and later ones in earlier
// files of the folder: a resumed run repeats these steps.
func (w *SummaryWriter) Restart(step int64) error {
	event, err := proto.Marshal(&event_go_proto.Event{Step: step, What: &event_go_proto.Event_SessionLog{
		SessionLog: &event_go_proto.SessionLog{Status: event_go_proto.SessionLog_START}}})
	if err != nil {
		return fmt.Errorf("graphs: summaries: %w", err)
	}
	return w.run(w.writeEvent, map[tf.Output]any{w.proto: string(event)})
}

// Flush writes the data to disk.
func (w *SummaryWriter) Flush() error { return w.run(w.flush, nil) }

// Close flushes the data and closes the session.
func (w *SummaryWriter) Close() error {
	err := w.run(w.close, nil)
	if closed := w.session.Close(); err == nil {
		err = closed
	}
	return err
}

func (w *SummaryWriter) run(target *tf.Operation, values map[tf.Output]any) error {
	feeds := map[tf.Output]*tf.Tensor{}
	for placeholder, value := range values {
		t, err := tf.NewTensor(value)
		if err != nil {
			return fmt.Errorf("graphs: summaries: %w", err)
		}
		feeds[placeholder] = t
	}
	if _, err := w.session.Run(feeds, nil, []*tf.Operation{target}); err != nil {
		return fmt.Errorf("graphs: summaries: %w", err)
	}
	return nil
}

// WriteGraph writes the program's graph as a serialized GraphDef.
func (p *Program) WriteGraph(w io.Writer) error {
	_, err := p.graph.WriteTo(w)
	return err
}
