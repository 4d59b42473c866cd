package graphs

import (
	"runtime"

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
	count          int
	images, labels *tf.Tensor
	err            error
}

// newStream begins to gather the examples of an order, size of them at a time.
func newStream(e Examples, order []int32, size int) *stream {
	s := &stream{chunks: make(chan chunk), done: make(chan struct{})}
	go func() {
		defer close(s.chunks)
		for len(order) > 0 {
			n := min(size, len(order))
			c := gather(e, order[:n])
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
func gather(e Examples, indices []int32) chunk {
	taken, shape := Take(e, indices), e.Shape()
	c := chunk{count: len(indices)}
	if c.images, c.err = byteTensor([]int{len(indices), shape[0], shape[1], shape[2]}, taken.Images()); c.err != nil {
		return c
	}
	c.labels, c.err = byteTensor([]int{len(indices)}, taken.Labels())
	return c
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
	all.setOrder(st, inOrder(c.count))
	if err := all.apply(st.session); err != nil {
		return err
	}
	st.inChunk = c.count
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
