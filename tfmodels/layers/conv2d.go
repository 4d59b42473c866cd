package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Conv2D slides square filters over an image, stride 1, as Keras does
// (cross-correlation): x [batch, height, width, channels], kernel [size, size,
// channels, filters], bias [filters].
type Conv2D struct {
	Filters    int
	Kernel     int  // the filters' height and width
	Same       bool // pad with zeros so that the image keeps its size; else "valid"
	Activation Activation
}

// Kind is Keras's name.
func (Conv2D) Kind() string { return "Conv2D" }

// OutputShape is [height, width, filters], smaller by the kernel's size less one
// without padding.
func (c Conv2D) OutputShape(input []int) ([]int, error) {
	h, w, _, err := image("Conv2D", input)
	if err != nil {
		return nil, err
	}
	if c.Filters < 1 || c.Kernel < 1 {
		return nil, fmt.Errorf("layers: Conv2D: %d filters of size %d: want 1 or more of both", c.Filters, c.Kernel)
	}
	if c.Same {
		return []int{h, w, c.Filters}, nil
	}
	if h < c.Kernel || w < c.Kernel {
		return nil, fmt.Errorf("layers: Conv2D: input of %dx%d is smaller than the kernel of %dx%d", h, w, c.Kernel, c.Kernel)
	}
	return []int{h - c.Kernel + 1, w - c.Kernel + 1, c.Filters}, nil
}

// Weights are the kernel, glorot_uniform, and the bias, zeros.
func (c Conv2D) Weights(input []int) []graphs.Weight {
	return []graphs.Weight{
		{Name: "kernel", Shape: []int{c.Kernel, c.Kernel, input[2], c.Filters}, Initializer: graphs.GlorotUniform},
		{Name: "bias", Shape: []int{c.Filters}, Initializer: graphs.Zeros},
	}
}

// MultiplyAdds is the size of the kernel for each pixel of the output.
func (c Conv2D) MultiplyAdds(input []int) int {
	output, err := c.OutputShape(input)
	if err != nil {
		return 0
	}
	return size(output) * c.Kernel * c.Kernel * input[2]
}

// Build adds the convolution, the bias and the activation.
func (c Conv2D) Build(b *graphs.Builder, name string, x tf.Output) tf.Output {
	padding := "VALID"
	if c.Same {
		padding = "SAME"
	}
	maps := op.Conv2D(b.Scope("convolution"), x, b.Weight(name+"/kernel"), []int64{1, 1, 1, 1}, padding)
	return c.Activation.apply(b, b.AddBias(maps, name+"/bias"))
}
