// Package graphs turns a model into one TensorFlow graph with one session and
// drives it through libtensorflow.
//
// The graph holds everything that training needs: the data set, the forward
// pass, the gradients, the optimizer's kernels and the sums of the metrics. Its
// state lives in resource variables, so that a training step needs nothing fed
// and fetches nothing.
package graphs
