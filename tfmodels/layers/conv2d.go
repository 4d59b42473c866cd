package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Conv2D applies filters to an image, as Keras does (cross-correlation): x [batch,
// height, width, channels], kernel [rows, columns, channels, filters], bias [filters].
type Conv2D struct {
	Filters    int        `json:"filters"`
	Kernel     Size       `json:"kernel_size"`
	Strides    Size       `json:"strides"`          // default 1x1
	Dilation   Size       `json:"dilation_rate"`    // default 1x1
	Same       bool       `json:"same"`             // pad with zeros to ceil(size/stride); else "valid"
	Groups     int        `json:"groups,omitempty"` // number of channel groups, each with its share of the filters; 0 means 1
	NoBias     bool       `json:"no_bias"`          // Keras's use_bias=False
	Activation Activation `json:"activation"`
}

// Kind returns Keras's name.
func (Conv2D) Kind() string { return "Conv2D" }

// OutputShape returns [height, width, filters]. Without padding, a window must lie
// within the image.
func (c Conv2D) OutputShape(inputs ...[]int) ([]int, error) {
	h, w, channels, err := image("Conv2D", inputs)
	if err != nil {
		return nil, err
	}
	if g := c.groups(); c.Groups < 0 || channels%g != 0 || c.Filters%g != 0 {
		return nil, fmt.Errorf("layers: Conv2D: %d groups of %d channels and %d filters: want a divisor of both", c.Groups, channels, c.Filters)
	}
	strides, dilation := c.Strides.or(Square(1)), c.Dilation.or(Square(1))
	if c.Filters < 1 || min(c.Kernel[0], c.Kernel[1]) < 1 {
		return nil, fmt.Errorf("layers: Conv2D: %d filters of size %v: want 1 or more of both", c.Filters, c.Kernel)
	}
	if min(strides[0], strides[1], dilation[0], dilation[1]) < 1 {
		return nil, fmt.Errorf("layers: Conv2D: strides of %v, dilations of %v: want 1 or more", strides, dilation)
	}
	if strides != Square(1) && dilation != Square(1) {
		return nil, fmt.Errorf("layers: Conv2D: strides of %v and dilations of %v: want 1x1 for one of them", strides, dilation)
	}
	covered := c.covered()
	if !c.Same && (h < covered[0] || w < covered[1]) {
		return nil, fmt.Errorf("layers: Conv2D: input of %dx%d: want at least the size of the kernel, %v", h, w, covered)
	}
	rows, columns := covered.windows(h, w, strides, c.Same)
	return []int{rows, columns, c.Filters}, nil
}

func (c Conv2D) groups() int { return max(1, c.Groups) }

// covered returns the size of the image region that the kernel spans.
func (c Conv2D) covered() Size {
	d := c.Dilation.or(Square(1))
	return Size{(c.Kernel[0]-1)*d[0] + 1, (c.Kernel[1]-1)*d[1] + 1}
}

// Weights returns the kernel (glorot_uniform) and the bias (zeros).
func (c Conv2D) Weights(inputs ...[]int) []graphs.Weight {
	all := []graphs.Weight{{Name: "kernel", Shape: []int{c.Kernel[0], c.Kernel[1], inputs[0][2] / c.groups(), c.Filters}, Initializer: graphs.GlorotUniform}}
	if !c.NoBias {
		all = append(all, graphs.Weight{Name: "bias", Shape: []int{c.Filters}, Initializer: graphs.Zeros})
	}
	return all
}

// MultiplyAdds returns the size of the kernel for each pixel of the output.
func (c Conv2D) MultiplyAdds(inputs ...[]int) int {
	output, err := c.OutputShape(inputs...)
	if err != nil {
		return 0
	}
	return size(output) * c.Kernel[0] * c.Kernel[1] * inputs[0][2] / c.groups()
}

// Build adds the convolution, the bias and the activation.
func (c Conv2D) Build(b *graphs.Builder, name string, inputs ...tf.Output) tf.Output {
	maps := c.convolve(b, inputs[0], b.Weight(name+"/kernel"))
	if !c.NoBias {
		maps = b.AddBias(maps, name+"/bias")
	}
	return c.Activation.apply(b, maps)
}

// convolve adds a convolution for each group: TensorFlow has a gradient of a grouped
// convolution only with oneDNN.
func (c Conv2D) convolve(b *graphs.Builder, x, kernel tf.Output) tf.Output {
	how := graphs.Convolution{Strides: c.Strides, Dilations: c.Dilation, Same: c.Same}
	if c.groups() == 1 || b.Failed() {
		return b.Conv2D(x, kernel, how)
	}
	s := b.Scope("groups")
	axis := op.Const(s.SubScope("axis"), int32(3))
	images, kernels := op.Split(s, axis, x, int64(c.groups())), op.Split(s.SubScope("kernels"), axis, kernel, int64(c.groups()))
	var maps []tf.Output
	for i := range images {
		maps = append(maps, b.Conv2D(images[i], kernels[i], how))
	}
	return op.ConcatV2(s, maps, axis)
}
