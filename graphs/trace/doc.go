// Package trace records what TensorFlow does in a run of a session: each operation,
// when it began and how long it took. The record is TensorFlow's own, the RunMetadata
// of a run with the option FULL_TRACE, as tf.compat.v1.Session.run returns it.
package trace
