package serving

import (
	"runtime"
	"sync/atomic"

	tf "github.com/wamuir/graft/tensorflow"
)

// collectAt is the number of bytes of tensors that triggers a collection.
const collectAt = 64 << 20

// pressure counts the bytes of tensors since the last collection: Go's collector frees
// tensors, but does not see their memory.
type pressure struct{ bytes atomic.Int64 }

func (p *pressure) count(groups ...map[string]*tf.Tensor) {
	var n int64
	for _, g := range groups {
		for _, t := range g {
			n += size(t)
		}
	}
	if p.bytes.Add(n) > collectAt {
		p.bytes.Store(0)
		runtime.GC()
	}
}

// size returns the approximate number of bytes of a tensor.
func size(t *tf.Tensor) int64 {
	n := int64(8) // an upper bound for all types but strings
	for _, d := range t.Shape() {
		n *= d
	}
	return n
}
