package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
)

// DepthwiseConv2D convolves each channel with separate filters: x [batch, height,
// width, channels], kernel [rows, columns, channels, multiplier], bias [channels *
// multiplier].
type DepthwiseConv2D struct {
	Kernel     Size       `json:"kernel_size"`
	Multiplier int        `json:"depth_multiplier"` // filters per channel; 0 means 1
	Strides    Size       `json:"strides"`          // default 1x1; rows and columns must be equal
	Dilation   Size       `json:"dilation_rate"`    // default 1x1
	Same       bool       `json:"same"`             // pad with zeros to ceil(size/stride); else "valid"
	NoBias     bool       `json:"no_bias"`          // Keras's use_bias=False
	Activation Activation `json:"activation"`
}

// Kind returns Keras's name.
func (DepthwiseConv2D) Kind() string { return "DepthwiseConv2D" }

func (d DepthwiseConv2D) multiplier() int { return max(1, d.Multiplier) }

// plane returns the corresponding convolution of one channel.
func (d DepthwiseConv2D) plane() Conv2D {
	return Conv2D{Filters: 1, Kernel: d.Kernel, Strides: d.Strides, Dilation: d.Dilation, Same: d.Same}
}

// OutputShape returns [height, width, channels * multiplier].
func (d DepthwiseConv2D) OutputShape(inputs ...[]int) ([]int, error) {
	return depthwiseShape("DepthwiseConv2D", d, inputs)
}

func depthwiseShape(kind string, d DepthwiseConv2D, inputs [][]int) ([]int, error) {
	_, _, channels, err := image(kind, inputs)
	if err != nil {
		return nil, err
	}
	if s := d.Strides.or(Square(1)); s[0] != s[1] {
		return nil, fmt.Errorf("layers: %s: strides of %v: want as many rows as columns", kind, s)
	}
	shape, err := d.plane().OutputShape(inputs...)
	if err != nil {
		return nil, err
	}
	return []int{shape[0], shape[1], channels * d.multiplier()}, nil
}

// Weights returns the kernel (glorot_uniform) and the bias (zeros).
func (d DepthwiseConv2D) Weights(inputs ...[]int) []graphs.Weight {
	channels := inputs[0][2]
	all := []graphs.Weight{{Name: "kernel", Shape: []int{d.Kernel[0], d.Kernel[1], channels, d.multiplier()}, Initializer: graphs.GlorotUniform}}
	if !d.NoBias {
		all = append(all, graphs.Weight{Name: "bias", Shape: []int{channels * d.multiplier()}, Initializer: graphs.Zeros})
	}
	return all
}

// MultiplyAdds returns the size of a filter for each number of the output.
func (d DepthwiseConv2D) MultiplyAdds(inputs ...[]int) int {
	output, err := d.OutputShape(inputs...)
	if err != nil {
		return 0
	}
	return size(output) * d.Kernel[0] * d.Kernel[1]
}

// Build adds the convolution, the bias and the activation.
func (d DepthwiseConv2D) Build(b *graphs.Builder, name string, inputs ...tf.Output) tf.Output {
	maps := b.DepthwiseConv2D(inputs[0], b.Weight(name+"/kernel"), graphs.Convolution{Strides: d.Strides, Dilations: d.Dilation, Same: d.Same})
	if !d.NoBias {
		maps = b.AddBias(maps, name+"/bias")
	}
	return d.Activation.apply(b, maps)
}

// SeparableConv2D convolves each channel with separate filters, and then mixes the
// channels of each pixel: depthwise_kernel [rows, columns, channels, multiplier],
// pointwise_kernel [1, 1, channels * multiplier, filters], bias [filters].
type SeparableConv2D struct {
	Filters int `json:"filters"`
	DepthwiseConv2D
}

// Kind returns Keras's name.
func (SeparableConv2D) Kind() string { return "SeparableConv2D" }

// OutputShape returns [height, width, filters].
func (c SeparableConv2D) OutputShape(inputs ...[]int) ([]int, error) {
	shape, err := depthwiseShape("SeparableConv2D", c.DepthwiseConv2D, inputs)
	if err != nil {
		return nil, err
	}
	if c.Filters < 1 {
		return nil, fmt.Errorf("layers: SeparableConv2D: %d filters: want 1 or more", c.Filters)
	}
	return []int{shape[0], shape[1], c.Filters}, nil
}

// Weights returns the two kernels (glorot_uniform) and the bias (zeros).
func (c SeparableConv2D) Weights(inputs ...[]int) []graphs.Weight {
	channels := inputs[0][2]
	all := []graphs.Weight{
		{Name: "depthwise_kernel", Shape: []int{c.Kernel[0], c.Kernel[1], channels, c.multiplier()}, Initializer: graphs.GlorotUniform},
		{Name: "pointwise_kernel", Shape: []int{1, 1, channels * c.multiplier(), c.Filters}, Initializer: graphs.GlorotUniform},
	}
	if !c.NoBias {
		all = append(all, graphs.Weight{Name: "bias", Shape: []int{c.Filters}, Initializer: graphs.Zeros})
	}
	return all
}

// MultiplyAdds returns the sum over both convolutions.
func (c SeparableConv2D) MultiplyAdds(inputs ...[]int) int {
	between, err := c.DepthwiseConv2D.OutputShape(inputs...)
	if err != nil {
		return 0
	}
	return c.DepthwiseConv2D.MultiplyAdds(inputs...) + size(between)*c.Filters
}

// Build adds both convolutions, the bias and the activation.
func (c SeparableConv2D) Build(b *graphs.Builder, name string, inputs ...tf.Output) tf.Output {
	maps := b.DepthwiseConv2D(inputs[0], b.Weight(name+"/depthwise_kernel"), graphs.Convolution{Strides: c.Strides, Dilations: c.Dilation, Same: c.Same})
	maps = b.Conv2D(maps, b.Weight(name+"/pointwise_kernel"), graphs.Convolution{})
	if !c.NoBias {
		maps = b.AddBias(maps, name+"/bias")
	}
	return c.Activation.apply(b, maps)
}
