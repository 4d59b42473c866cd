package graphs

import (
	"fmt"
	"runtime"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
)

// chunkSteps is the number of batches of a streamed data set that are put into the
// graph at a time, unless the memory limit allows fewer: enough that copying takes a
// negligible share of the time.
const chunkSteps = 64

// stream prepares the batches of an order ahead of the steps, for a data set that is
// not to be in the graph as a whole. The graph is the same: its images and labels are
// those of one chunk, its order is the chunk's.
type stream struct {
	chunks chan chunk
	done   chan struct{}
}

// chunk is a part of the examples of an order, divided among the mirrors.
type chunk struct {
	count int // number of examples
	parts []chunkPart
	err   error
}

// chunkPart is one mirror's part of a chunk, as tensors.
type chunkPart struct {
	rows           int // number of rows of the tensors
	images, labels *tf.Tensor
	order          []int32 // for the whole chunk: the rows of the mirror's own examples, 0 for all others
}

// chunking describes how an order is divided into chunks.
type chunking struct {
	size    int  // examples per chunk, a multiple of the batch size
	full    bool // all chunks have the same number of rows, including the last
	batch   int
	mirrors mirrors
}

// newStream starts to gather the examples of an order.
func newStream(e Examples, order []int32, c chunking) *stream {
	s := &stream{chunks: make(chan chunk), done: make(chan struct{})}
	go func() {
		defer close(s.chunks)
		for len(order) > 0 {
			n := min(c.size, len(order))
			next := c.gather(e, order[:n])
			order = order[n:]
			select {
			case s.chunks <- next:
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

// gather copies examples to tensors.
func (c chunking) gather(e Examples, indices []int32) chunk {
	all := chunk{count: len(indices)}
	for m := range c.mirrors.all() {
		own, order := c.own(indices, m)
		part := chunkPart{rows: max(1, len(own)), order: order} // a mirror without examples takes one row nevertheless
		if c.full {
			part.rows = c.size
		}
		if part.images, part.labels, all.err = tensors(Take(e, own), part.rows); all.err != nil {
			return all
		}
		all.parts = append(all.parts, part)
	}
	return all
}

// own returns a mirror's examples of a chunk, and the rows of the chunk's examples in
// them.
func (c chunking) own(indices []int32, mirror int) (own, order []int32) {
	if c.mirrors < 2 {
		return indices, inOrder(len(indices))
	}
	order = make([]int32, len(indices))
	for at := 0; at < len(indices); at += c.batch {
		from, to := spanAt(min(c.batch, len(indices)-at), mirror, int(c.mirrors))
		for i := at + from; i < at+to; i++ {
			order[i] = int32(len(own))
			own = append(own, indices[i])
		}
	}
	return own, order
}

// tensors returns the images and labels of examples, padded with zeros to a number of
// rows.
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

// filled pads values; it copies only if something is missing.
func filled(values []byte, missing int) []byte {
	if missing == 0 {
		return values
	}
	return slices.Concat(values, make([]byte, missing))
}

// streams reports whether the data set is too large for the graph.
func (st *Stage) streams(e Examples) bool {
	return st.limit > 0 && int64(len(e.Images())) > st.limit
}

// chunkSize returns the number of examples in a chunk: whole batches, such that two
// chunks, one in the graph and one in preparation, stay within the limit.
func (st *Stage) chunkSize(batch int) int {
	image := st.shape[0] * st.shape[1] * st.shape[2]
	batches := min(st.limit/2/int64(image*batch), chunkSteps)
	return int(max(batches, 1)) * batch
}

// nextChunk puts the next chunk into the graph when all examples of the last one have
// been taken.
func (st *Stage) nextChunk() error {
	if st.source == nil || st.inChunk > 0 || st.left == 0 {
		return nil
	}
	c := <-st.source.chunks
	if c.err != nil {
		return c.err
	}
	var all state
	for m, part := range c.parts {
		all.set(st.images.on(m), part.images, nil)
		all.set(st.labels.on(m), part.labels, nil)
		st.queue.on(m).begin(&all, part.order, part.rows)
	}
	if err := all.apply(st.session); err != nil {
		return err
	}
	st.inChunk, st.rows = c.count, c.parts[0].rows
	runtime.GC() // frees the previous chunk: Go does not see TensorFlow's memory
	return nil
}

// inOrder returns the indices of n examples in ascending order.
func inOrder(n int) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	return order
}
