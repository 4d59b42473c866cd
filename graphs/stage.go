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
	graph   *tf.Graph
	name    string // of its scope
	shape   [3]int
	classes int

	mirrors        mirrors
	images, labels variable
	queue          queue
	sums           variable // float64 [2]: loss, correct predictions

	loss          Loss
	deterministic bool          // only operations with a deterministic kernel
	steps         map[int]*step // by the size of their batch
	// add adds what a step does with a batch, of which each mirror has a part.
	add      func(s *op.Scope, st *step, batch []share)
	inPieces *pieces // not nil: the data are put into the graph piece by piece
	// mirrored sets the variables of all other mirrors to those of the first; nil: there
	// is no need.
	mirrored *tf.Operation
	// placed sets the devices of what was added to the graph.
	placed func() error

	loaded Examples
	rows   int   // of the images in the graph
	left   int   // examples of the order not yet taken
	size   int   // examples in a batch
	now    *step // for batches of this size

	limit   int64   // bytes of images that may lie in the graph; 0: any number
	short   bool    // the limit is due to the GPU's memory
	source  *stream // where there are more
	inChunk int     // examples of its chunk in the graph not yet taken
}

// runner is what a stage needs of a tf.Session.
type runner interface {
	Run(feeds map[tf.Output]*tf.Tensor, fetches []tf.Output, targets []*tf.Operation) ([]*tf.Tensor, error)
}

// newStage adds the variables of a stage to its scope, of this name.
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

// room is how many rows the variables of the data get for n examples. XLA compiles
// anew for arrays of another length: where the data before had somewhat more,
// as a validation set has beside a test set, its rows stay.
func (st *Stage) room(n int) int {
	if st.queue.static() && n <= st.rows && st.rows <= 2*n {
		return st.rows
	}
	return n
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

// Step takes the next batch and returns the number of examples in it, 0 at the
// end of the queue.
func (st *Stage) Step() (int, error) {
	n, err := st.take()
	if n == 0 || err != nil {
		return 0, err
	}
	_, err = st.session.Run(nil, nil, st.now.targets)
	return n, err
}

// Probabilities takes the next batch as Step does and returns the probability
// of each class, row-major [examples, classes].
func (st *Stage) Probabilities() ([]float32, error) {
	if n, err := st.take(); n == 0 || err != nil {
		return nil, err
	}
	out, err := st.session.Run(nil, st.now.probabilities, st.now.targets)
	if err != nil {
		return nil, err
	}
	var all []float32
	for _, t := range out { // the mirrors' parts of the batch, in their order
		values, err := floats(t)
		if err != nil {
			return nil, err
		}
		all = append(all, values...)
	}
	return all, nil
}

// take counts the examples of the next batch, sees that they are in the graph
// and chooses the step for them.
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
