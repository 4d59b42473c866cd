// Package graphs compiles a model to one TensorFlow graph with one session and runs it
// through libtensorflow.
//
// The graph holds everything that training needs: the data set, the forward pass, the
// gradients, the optimizer's kernels and the sums of the metrics. Its state is in
// resource variables, so a training step feeds and fetches nothing.
package graphs
