package layers

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Flatten lays an image out as a vector, row-major over height, width and
// channels.
type Flatten struct{ stateless }

// Kind is Keras's name.
func (Flatten) Kind() string { return "Flatten" }

// OutputShape is [features].
func (Flatten) OutputShape(input []int) ([]int, error) { return []int{size(input)}, nil }

// Build adds the reshape.
func (Flatten) Build(b *graphs.Builder, _ string, x tf.Output) tf.Output {
	if b.Failed() {
		return x
	}
	dims, err := x.Shape().ToSlice()
	if err != nil {
		b.Fail(err)
		return x
	}
	features := int64(1)
	for _, d := range dims[1:] {
		features *= d
	}
	s := b.Scope("flat")
	return op.Reshape(s, x, op.Const(s.SubScope("shape"), []int64{-1, features}))
}
