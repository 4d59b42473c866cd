// Package tensorflow replaces the TensorFlow binding that tfgo was written for, and
// forwards everything to graft, the binding of this program. A program cannot link both
// bindings: they define the same C symbols and register the same protocol buffers.
//
// Types are aliases, so that values of tfgo and graft are interchangeable. Go has no
// function aliases, so functions are variables, which must not be assigned.
package tensorflow

import tf "github.com/wamuir/graft/tensorflow"

// The types in tfgo's signatures.
type (
	DataType       = tf.DataType
	Graph          = tf.Graph
	Operation      = tf.Operation
	Output         = tf.Output
	SavedModel     = tf.SavedModel
	Session        = tf.Session
	SessionOptions = tf.SessionOptions
	Tensor         = tf.Tensor
)

// The element types that tfgo distinguishes.
const (
	Float   = tf.Float
	Double  = tf.Double
	Half    = tf.Half
	Int8    = tf.Int8
	Int16   = tf.Int16
	Int32   = tf.Int32
	Int64   = tf.Int64
	Uint8   = tf.Uint8
	Uint16  = tf.Uint16
	Qint8   = tf.Qint8
	Qint16  = tf.Qint16
	Qint32  = tf.Qint32
	Quint8  = tf.Quint8
	Quint16 = tf.Quint16
)

// The functions that tfgo calls.
var (
	LoadSavedModel = tf.LoadSavedModel
	NewGraph       = tf.NewGraph
	NewSession     = tf.NewSession
	NewTensor      = tf.NewTensor
)
