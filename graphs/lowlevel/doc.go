// Package lowlevel builds a convolutional network from matrix operations only: slices,
// reshapes, matrix products, reductions and comparisons. It uses none of TensorFlow's
// fused operations (Conv2D, Relu, MaxPool, Softmax, FusedBatchNorm), and implements
// every back-propagation explicitly rather than by automatic differentiation.
//
// Each function adds operations to the graph of its scope and returns their outputs.
// Nothing is computed until a session runs them: [Apply] does so for a single
// evaluation, and a [Network] has a session with variables.
//
// # Shapes
//
// Feature maps have TensorFlow's default layout: height, width, channels. Functions
// accept one example or a batch, according to the rank:
//
//	rank 2   H x W           one map of one example
//	rank 3   H x W x C       C maps of one example
//	rank 4   N x H x W x C   C maps each of a batch of N examples
//
// Height, width and channels must be known when the graph is built; N may be unknown.
// Functions take float32 or float64, with all arguments of the same type. An invalid
// argument is an error and leaves the scope unchanged.
package lowlevel
