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
func (Flatten) OutputShape(inputs ...[]int) ([]int, error) {
	input, err := single("Flatten", inputs)
	return []int{size(input)}, err
}

// Build adds the reshape.
func (Flatten) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	x := inputs[0]
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
