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

// Stage is one of a program's two ways to process a data set: training or inference.
// The data, the order of the examples, the position in that order and the sums of the
// metrics are variables of the graph, so a step runs without feeds and fetches.
type Stage struct {
	session runner
	graph   *tf.Graph
	name    string // name of the stage's scope
	shape   [3]int
	classes int

	mirrors        mirrors
	images, labels variable
	queue          queue
	sums           variable // float64 [2]: loss, correct predictions

	loss          Loss
	deterministic bool          // only operations with a deterministic kernel
	steps         map[int]*step // by batch size
	// add adds the operations that process a batch, of which each mirror has a part.
	add      func(s *op.Scope, st *step, batch []share)
	inPieces *pieces // if not nil, the data is sent to the graph piece by piece
	// mirrored copies the variables of the first mirror to all others; nil if not
	// needed.
	mirrored *tf.Operation
	// placed sets the devices of new operations in the graph.
	placed func() error

	loaded Examples
	rows   int   // number of images in the graph
	left   int   // number of examples of the order not yet taken
	size   int   // number of examples in a batch
	now    *step // for batches of this size

	limit   int64   // maximum number of bytes of images in the graph; 0 means any
	short   bool    // the limit results from the GPU's memory
	source  *stream // the rest of the data; nil if all of it is in the graph
	inChunk int     // number of examples of its chunk in the graph not yet taken
}

// runner is the part of tf.Session that a stage needs.
type runner interface {
	Run(feeds map[tf.Output]*tf.Tensor, fetches []tf.Output, targets []*tf.Operation) ([]*tf.Tensor, error)
}

// newStage adds the variables of a stage to its scope.
func newStage(s *op.Scope, name string, m Model, static bool, n mirrors) *Stage {
	shape := m.InputShape()
	h, w, c := int64(shape[0]), int64(shape[1]), int64(shape[2])
	return &Stage{
		name:    name,
		shape:   shape,
		classes: m.Classes(),
		mirrors: n,
		images:  n.variable(s, "images", tf.Uint8, -1, h, w, c),
		labels:  n.variable(s, "labels", tf.Uint8, -1),
		queue:   newQueue(s, static, n),
		sums:    newVariable(s, "sums", tf.Double, 2),
		steps:   map[int]*step{},
	}
}

// Load puts examples into the graph, unless they are there already. If they exceed the
// program's memory limit, they stay outside and stream through the graph during the
// steps.
func (st *Stage) Load(e Examples) error {
	if reflect.TypeOf(e).Comparable() && st.loaded == e {
		return nil
	}
	if got := e.Shape(); got != st.shape {
		return fmt.Errorf("graphs: images of %dx%dx%d: want %dx%dx%d, as the network takes",
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
	runtime.GC() // frees TensorFlow's memory of the earlier data, which Go does not see
	return nil
}

// put sets the variables of the data.
func (st *Stage) put(e Examples) error {
	if st.inPieces != nil {
		return st.putPieces(e)
	}
	rows := st.room(e.Len())
	images, labels, err := tensors(e, rows)
	if err != nil {
		return err
	}
	var all state
	all.set(st.images, images, nil)
	all.set(st.labels, labels, nil)
	if err := all.apply(st.session); err != nil {
		return err
	}
	st.rows = rows
	return nil
}

// room returns the number of rows of the variables for n examples. XLA recompiles for
// arrays of another length. Therefore the number of rows stays the same if the earlier
// data was slightly larger, such as a validation set compared to a test set.
func (st *Stage) room(n int) int {
	if st.queue.static() && n <= st.rows && st.rows <= 2*n {
		return st.rows
	}
	return n
}

// Sums are metrics summed over examples.
type Sums struct {
	Loss    float64 `json:"loss"`
	Correct float64 `json:"correct"` // number of correct predictions
}

// Begin queues examples: the indices in order, and batch of them for each step. A nil
// order means all examples in their order. The metrics start from the given sums, which
// are zero unless an epoch is resumed in its middle.
func (st *Stage) Begin(order []int32, batch int, from Sums) error {
	if st.loaded == nil {
		return errors.New("graphs: no examples: want a call of Load before Begin")
	}
	if batch < 1 {
		return fmt.Errorf("graphs: batches of %d examples: want 1 or more", batch)
	}
	if order == nil {
		order = inOrder(st.loaded.Len())
	}
	for _, size := range []int{batch, len(order) % batch} {
		if err := st.prepare(size); err != nil {
			return err
		}
	}
	st.left, st.size = len(order), batch
	st.source.close()
	st.source, st.inChunk = nil, 0
	var all state
	if st.streams(st.loaded) {
		st.source = newStream(st.loaded, order, chunking{st.chunkSize(batch), st.queue.static(), batch, st.mirrors})
	} else {
		st.queue.begin(&all, order, st.rows)
	}
	st.queue.setBatch(&all, batch)
	if st.mirrored != nil {
		all.targets = append(all.targets, st.mirrored)
	}
	t, err := tf.NewTensor([]float64{from.Loss, from.Correct})
	all.set(st.sums, t, err)
	return all.apply(st.session)
}

// Step processes the next batch and returns its number of examples, or 0 at the end of
// the queue.
func (st *Stage) Step() (int, error) {
	n, err := st.take()
	if n == 0 || err != nil {
		return 0, err
	}
	_, err = st.session.Run(nil, nil, st.now.targets)
	return n, err
}

// Probabilities processes the next batch like Step and returns the probability of each
// class, row-major [examples, classes].
func (st *Stage) Probabilities() ([]float32, error) {
	if n, err := st.take(); n == 0 || err != nil {
		return nil, err
	}
	out, err := st.session.Run(nil, st.now.probabilities, st.now.targets)
	if err != nil {
		return nil, err
	}
	var all []float32
	for _, t := range out { // the mirrors' parts of the batch, in order
		values, err := floats(t)
		if err != nil {
			return nil, err
		}
		all = append(all, values...)
	}
	return all, nil
}

// take counts the examples of the next batch, ensures that they are in the graph, and
// selects the step for them.
func (st *Stage) take() (int, error) {
	if err := st.nextChunk(); err != nil {
		return 0, err
	}
	n := min(st.size, st.left)
	st.now = st.stepOf(n)
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
