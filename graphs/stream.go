package graphs

import (
	"fmt"
	"runtime"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
)

// chunkSteps is how many batches of a streamed data set are put into the graph
// at once, unless the memory limit allows fewer: enough that the copying does
// not show among the steps.
const chunkSteps = 64

// stream prepares the batches of an order ahead of the steps that take them, for
// a data set that shall not lie in the graph as a whole. The graph is the same:
// its images and labels are those of one chunk, its order is the chunk's.
type stream struct {
	chunks chan chunk
	done   chan struct{}
}

// chunk is some of the examples of an order, as tensors.
type chunk struct {
	count          int // of the examples
	rows           int // of the tensors
	images, labels *tf.Tensor
	err            error
}

// newStream begins to gather the examples of an order, size of them at a time. All
// chunks have as many rows where full is set, the last one as well.
func newStream(e Examples, order []int32, size int, full bool) *stream {
	s := &stream{chunks: make(chan chunk), done: make(chan struct{})}
	go func() {
		defer close(s.chunks)
		for len(order) > 0 {
			n := min(size, len(order))
			rows := n
			if full {
				rows = size
			}
			c := gather(e, order[:n], rows)
			order = order[n:]
			select {
			case s.chunks <- c:
			case <-s.done:
				return
			}
		}
	}()
	return s
}

func (s *stream) close() {
	if s != nil {
		close(s.done)
	}
}

// gather copies examples into tensors.
func gather(e Examples, indices []int32, rows int) chunk {
	c := chunk{count: len(indices), rows: rows}
	c.images, c.labels, c.err = tensors(Take(e, indices), rows)
	return c
}

// tensors are the images and labels of examples, filled up with zeros to a number
// of rows.
func tensors(e Examples, rows int) (images, labels *tf.Tensor, err error) {
	shape, missing := e.Shape(), rows-e.Len()
	size := shape[0] * shape[1] * shape[2]
	images, err = byteTensor([]int{rows, shape[0], shape[1], shape[2]}, filled(e.Images(), missing*size))
	if err != nil {
		return nil, nil, fmt.Errorf("graphs: images: %w", err)
	}
	labels, err = byteTensor([]int{rows}, filled(e.Labels(), missing))
	if err != nil {
		return nil, nil, fmt.Errorf("graphs: labels: %w", err)
	}
	return images, labels, nil
}

// filled copies only where something is missing.
func filled(values []byte, missing int) []byte {
	if missing == 0 {
		return values
	}
	return slices.Concat(values, make([]byte, missing))
}

// streams says whether the data set is too large to lie in the graph.
func (st *Stage) streams(e Examples) bool {
	return st.limit > 0 && int64(len(e.Images())) > st.limit
}

// chunkSize is the number of examples in a chunk: whole batches, of which two
// chunks, one in the graph and one on its way, stay within the limit.
func (st *Stage) chunkSize(batch int) int {
	image := st.shape[0] * st.shape[1] * st.shape[2]
	batches := min(st.limit/2/int64(image*batch), chunkSteps)
	return int(max(batches, 1)) * batch
}

// nextChunk puts the next chunk into the graph when the last one is used up.
func (st *Stage) nextChunk() error {
	if st.source == nil || st.inChunk > 0 || st.left == 0 {
		return nil
	}
	c := <-st.source.chunks
	if c.err != nil {
		return c.err
	}
	var all state
	all.set(st.images, c.images, nil)
	all.set(st.labels, c.labels, nil)
	st.queue.begin(&all, inOrder(c.count), c.rows)
	if err := all.apply(st.session); err != nil {
		return err
	}
	st.inChunk, st.rows = c.count, c.rows
	runtime.GC() // frees the chunk before: Go does not see TensorFlow's memory
	return nil
}

// inOrder is the indices of n examples as they come.
func inOrder(n int) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	return order
}
