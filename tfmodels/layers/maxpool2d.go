package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
)

// MaxPool2D keeps the largest value of each Size x Size window; windows do not
// overlap, and an edge that does not fill one is dropped.
type MaxPool2D struct {
	stateless
	Size int
}

// Kind is Keras's name.
func (MaxPool2D) Kind() string { return "MaxPooling2D" }

// OutputShape is [height/size, width/size, channels], rounded down.
func (m MaxPool2D) OutputShape(input []int) ([]int, error) {
	h, w, c, err := image("MaxPooling2D", input)
	if err != nil {
		return nil, err
	}
	if m.Size < 1 || h < m.Size || w < m.Size {
		return nil, fmt.Errorf("layers: MaxPooling2D: windows of %dx%d do not fit an input of %dx%d", m.Size, m.Size, h, w)
	}
	return []int{h / m.Size, w / m.Size, c}, nil
}

// Build adds the pooling.
func (m MaxPool2D) Build(b *graphs.Builder, _ string, x tf.Output) tf.Output {
	return b.MaxPool(x, graphs.Pool{Window: [2]int{m.Size, m.Size}, Strides: [2]int{m.Size, m.Size}})
}
