package tfmodels

import "github.com/tflab/tflab/tfmodels/layers"

// Residual is a residual block of two convolutions (He et al., 2016, "Deep Residual
// Learning for Image Recognition").
type Residual struct {
	Filters int
	Stride  int // of the first convolution: 2 halves height and width
}

// ResNet returns a residual network: a 3x3 convolution with the given number of
// filters, the blocks, the mean of each channel, and a dense layer with a softmax over
// the classes. Each convolution is followed by a batch normalization and therefore has
// no bias. A block with a stride above 1 projects its input by a 1x1 convolution of
// that stride, so that the shapes of the sum agree.
func ResNet(name string, input [3]int, filters int, blocks []Residual, classes int) (*Functional, error) {
	g := Graph{Name: name, Shape: input}
	relu := layers.Activate{Function: layers.ReLU}
	x := g.Add(relu, g.normalized(g.In(), filters, 3, 1))
	for _, block := range blocks {
		y := g.Add(relu, g.normalized(x, block.Filters, 3, block.Stride))
		y = g.normalized(y, block.Filters, 3, 1)
		if block.Stride > 1 {
			x = g.normalized(x, block.Filters, 1, block.Stride)
		}
		x = g.Add(relu, g.Add(layers.Add{}, y, x))
	}
	x = g.Add(layers.GlobalAveragePool2D{}, x)
	g.Add(layers.Dense{Units: classes, Activation: layers.Softmax}, x)
	return g.Model()
}

// normalized adds a convolution with padding, followed by a batch normalization. With a
// momentum of 0.9, rather than Keras's 0.99, the moving averages adapt within some tens
// of steps, so an epoch of few examples is enough.
func (g *Graph) normalized(x Tensor, filters, kernel, stride int) Tensor {
	x = g.Add(layers.Conv2D{Filters: filters, Kernel: layers.Square(kernel), Strides: layers.Square(stride), Same: true, NoBias: true}, x)
	return g.Add(layers.BatchNormalization{Momentum: 0.9}, x)
}
