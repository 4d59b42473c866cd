package graphs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"runtime"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Stage is one of a program's two ways over a data set: training or inference.
// The data, the order in which examples are taken, the place in that order and
// the sums of the metrics are variables of the graph, so that a step is a run
// without feeds and without fetches.
type Stage struct {
	session runner
	shape   [3]int
	classes int

	images, labels       variable
	order, cursor, batch variable
	sums                 variable // float64 [2]: loss, correct predictions

	step          []*tf.Operation
	probabilities []tf.Output // of the batch that the step takes

	loaded Examples
	left   int // examples of the order not yet taken
	size   int // examples in a batch

	limit   int64   // bytes of images that may lie in the graph; 0: any number
	source  *stream // where there are more
	inChunk int     // examples of its chunk in the graph not yet taken
}

// runner is what a stage needs of a tf.Session.
type runner interface {
	Run(feeds map[tf.Output]*tf.Tensor, fetches []tf.Output, targets []*tf.Operation) ([]*tf.Tensor, error)
}

// newStage adds the variables of a stage and the operations that take the next
// batch. It returns images, float32 [batch, height, width, channels] in 0 to 1,
// and labels, int32 [batch].
func newStage(s *op.Scope, m Model) (st *Stage, images, labels tf.Output) {
	shape := m.InputShape()
	h, w, c := int64(shape[0]), int64(shape[1]), int64(shape[2])
	// The queue of indices is the CPU's work: where the weights are on a GPU, a
	// step sends it one small array and waits for nothing.
	host := s.WithDevice("/device:CPU:0")
	st = &Stage{
		shape:   shape,
		classes: m.Classes(),
		images:  newVariable(s, "images", tf.Uint8, -1, h, w, c),
		labels:  newVariable(s, "labels", tf.Uint8, -1),
		order:   newVariable(host, "order", tf.Int32, -1),
		cursor:  newVariable(host, "cursor", tf.Int64),
		batch:   newVariable(host, "batch", tf.Int64),
		sums:    newVariable(s, "sums", tf.Double, 2),
	}
	end := op.AddV2(host.SubScope("end"), st.cursor.value, st.batch.value)
	vector := op.Const(host.SubScope("vector"), []int32{1})
	one := op.Const(host.SubScope("one"), []int64{1})
	indices := op.StridedSlice(host.SubScope("indices"), st.order.value,
		op.Reshape(host.SubScope("from"), st.cursor.value, vector),
		op.Reshape(host.SubScope("to"), end, vector), one) // ends early at the last batch
	moved := op.AssignVariableOp(host.SubScope("move"), st.cursor.handle, end)
	st.step = append(st.step, moved)

	raw := op.ResourceGather(s.SubScope("images"), st.images.handle, indices, tf.Uint8)
	images = op.Div(s.SubScope("scaled"), op.Cast(s.SubScope("pixels"), raw, tf.Float),
		op.Const(s.SubScope("white"), float32(255)))
	labels = op.Cast(s.SubScope("classes"),
		op.ResourceGather(s.SubScope("labels"), st.labels.handle, indices, tf.Uint8), tf.Int32)
	return st, images, labels
}

// measure adds the loss to a stage and keeps the sums of its metrics. It
// returns the gradient of the mean loss by the logits.
//
// The C API has no gradient for the cross-entropy kernel, and needs none: the
// kernel's second output is softmax(logits) - onehot(labels).
func (st *Stage) measure(s *op.Scope, logits, labels tf.Output) (gradient tf.Output) {
	loss, backprop := op.SparseSoftmaxCrossEntropyWithLogits(s.SubScope("xent"), logits, labels)
	all := op.Const(s.SubScope("all"), []int32{0})
	guess := op.ArgMax(s.SubScope("guess"), logits, op.Const(s.SubScope("axis"), int32(1)), op.ArgMaxOutputType(tf.Int32))
	hits := op.Cast(s.SubScope("hits"), op.Equal(s.SubScope("equal"), guess, labels), tf.Float)
	sums := op.Pack(s.SubScope("sums"), []tf.Output{
		op.Sum(s.SubScope("loss"), loss, all), op.Sum(s.SubScope("correct"), hits, all)})
	st.step = append(st.step, op.AssignAddVariableOp(s.SubScope("keep"), st.sums.handle,
		op.Cast(s.SubScope("wide"), sums, tf.Double)))

	st.probabilities = []tf.Output{op.Softmax(s.SubScope("probabilities"), logits)}
	n := op.Cast(s.SubScope("n"), op.Size(s.SubScope("size"), labels), tf.Float)
	return op.Div(s.SubScope("mean"), backprop, n)
}

// Load puts examples into the graph. Those that are there already stay. More of
// them than the program's memory limit has room for are left where they are, and
// stream through the graph as the steps take them.
func (st *Stage) Load(e Examples) error {
	if reflect.TypeOf(e).Comparable() && st.loaded == e {
		return nil
	}
	if got := e.Shape(); got != st.shape {
		return fmt.Errorf("graphs: images of %dx%dx%d do not fit the network: want %dx%dx%d",
			got[0], got[1], got[2], st.shape[0], st.shape[1], st.shape[2])
	}
	for i, label := range e.Labels() {
		if int(label) >= st.classes {
			return fmt.Errorf("graphs: example %d has label %d: want less than %d, the network's classes", i, label, st.classes)
		}
	}
	if st.streams(e) {
		st.loaded = e
		return nil
	}
	if err := st.put(e); err != nil {
		return err
	}
	st.loaded = e
	runtime.GC() // frees TensorFlow's memory of what was there before, which Go does not see
	return nil
}

// put sets the variables of the data.
func (st *Stage) put(e Examples) error {
	var all state
	n := e.Len()
	t, err := byteTensor([]int{n, st.shape[0], st.shape[1], st.shape[2]}, e.Images())
	all.set(st.images, t, err)
	t, err = byteTensor([]int{n}, e.Labels())
	all.set(st.labels, t, err)
	return all.apply(st.session)
}

// Sums are metrics added up over examples.
type Sums struct {
	Loss    float64 `json:"loss"`
	Correct float64 `json:"correct"` // predictions
}

// Begin queues the examples to take: the indices in order, batch of them at
// each step. A nil order is all examples as they come. The metrics go on from
// the sums, which are zero but where an epoch is taken up in its middle.
func (st *Stage) Begin(order []int32, batch int, from Sums) error {
	if st.loaded == nil {
		return errors.New("graphs: no examples to take: Load comes before Begin")
	}
	if batch < 1 {
		return fmt.Errorf("graphs: batches of %d examples: want 1 or more", batch)
	}
	if order == nil {
		order = inOrder(st.loaded.Len())
	}
	st.left, st.size = len(order), batch
	st.source.close()
	st.source, st.inChunk = nil, 0
	var all state
	if st.streams(st.loaded) {
		st.source = newStream(st.loaded, order, st.chunkSize(batch))
	} else {
		all.setOrder(st, order)
	}
	t, err := tf.NewTensor(int64(batch))
	all.set(st.batch, t, err)
	t, err = tf.NewTensor([]float64{from.Loss, from.Correct})
	all.set(st.sums, t, err)
	return all.apply(st.session)
}

// setOrder queues indices of the images that lie in the graph.
func (all *state) setOrder(st *Stage, order []int32) {
	t, err := tf.NewTensor(order)
	all.set(st.order, t, err)
	t, err = tf.NewTensor(int64(0))
	all.set(st.cursor, t, err)
}

// Step takes the next batch and returns the number of examples in it, 0 at the
// end of the queue.
func (st *Stage) Step() (int, error) {
	n, err := st.take()
	if n == 0 || err != nil {
		return 0, err
	}
	_, err = st.session.Run(nil, nil, st.step)
	return n, err
}

// Probabilities takes the next batch as Step does and returns the probability
// of each class, row-major [examples, classes].
func (st *Stage) Probabilities() ([]float32, error) {
	if n, err := st.take(); n == 0 || err != nil {
		return nil, err
	}
	out, err := st.session.Run(nil, st.probabilities, st.step)
	if err != nil {
		return nil, err
	}
	return floats(out[0])
}

// take counts the examples of the next batch, and sees that they are in the
// graph.
func (st *Stage) take() (int, error) {
	if err := st.nextChunk(); err != nil {
		return 0, err
	}
	n := min(st.size, st.left)
	st.left -= n
	st.inChunk -= n
	return n, nil
}

// Sums returns the metrics since Begin.
func (st *Stage) Sums() (Sums, error) {
	out, err := st.session.Run(nil, []tf.Output{st.sums.value}, nil)
	if err != nil {
		return Sums{}, fmt.Errorf("graphs: metrics: %w", err)
	}
	sums := out[0].Value().([]float64)
	return Sums{Loss: sums[0], Correct: sums[1]}, nil
}

func floats(t *tf.Tensor) ([]float32, error) {
	n := 1
	for _, d := range t.Shape() {
		n *= int(d)
	}
	values := make([]float32, n)
	return values, binary.Read(tensorReader(t), binary.NativeEndian, values)
}
