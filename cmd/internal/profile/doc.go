// Package profile writes what TensorFlow recorded of training steps: a trace for
// Chrome and Perfetto, and tables of the operations.
package profile
