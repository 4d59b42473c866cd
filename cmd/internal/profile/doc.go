// Package profile writes TensorFlow's record of training steps: a trace for Chrome and
// Perfetto, and tables of the operations.
package profile
