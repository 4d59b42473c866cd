// Package trace records the execution of the operations in a run of a session: when
// each operation began and how long it took. The record is TensorFlow's RunMetadata of
// a run with the option FULL_TRACE, as tf.compat.v1.Session.run returns it.
package trace
