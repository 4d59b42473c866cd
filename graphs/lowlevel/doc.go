// Package lowlevel builds a convolutional network from nothing but matrix
// operations: slices, reshapes, products of matrices, reductions and
// comparisons. None of TensorFlow's fused operations (Conv2D, Relu, MaxPool,
// Softmax, FusedBatchNorm) is used, and every back-propagation is written out,
// not derived.
//
// Each function adds operations to the graph behind its scope and returns
// their outputs; nothing is computed before a session runs them. [Apply] does
// that for a single evaluation, a [Network] keeps a session and its variables.
//
// # Shapes
//
// Feature maps lie as TensorFlow has them by default: height, width, channels.
// Their rank says what they are, so one function serves an example and a batch:
//
//	rank 2   H x W           one map of one example
//	rank 3   H x W x C       C maps of one example
//	rank 4   N x H x W x C   C maps each of a batch of N examples
//
// Height, width and channels must be known when the graph is built; N need not
// be. Every function takes float32 and float64, all its arguments of the same
// type. An argument that does not fit gives an error, which leaves the scope as
// it was.
package lowlevel
