package layers

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Flatten reshapes an image to a vector, row-major over height, width and channels.
type Flatten struct{ stateless }

// Kind returns Keras's name.
func (Flatten) Kind() string { return "Flatten" }

// OutputShape returns [features].
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
	features := int32(1)
	for _, d := range dims[1:] {
		features *= int32(d)
	}
	s := b.Scope("flat")
	// An int32 is in host memory even on a GPU, and TensorFlow reads the shape there.
	return op.Reshape(s, x, op.Const(s.SubScope("shape"), []int32{-1, features}))
}
