// Package serving runs trained models: any SavedModel that TensorFlow can load,
// whatever program wrote it (tflab export, Keras's model.export, tf.saved_model.save).
// Package savedmodel writes a SavedModel of a network and its weights.
//
// A Model is called through its signatures: a Signature names the inputs and outputs of
// one computation, and the MetaGraphDef of a SavedModel maps them to tensors of the
// graph. Callers never name operations. Classify returns a Classifier for a model that
// has a signature from images to a number for each class.
//
// Package tfgo loads and runs the models (LoadModel, Exec). This package adds the
// following:
//
//   - tfgo panics on errors. This package returns them, as one line.
//   - tfgo's Model does not export the signatures and requires the names of
//     operations. This package reads the signatures from saved_model.pb.
//   - tfgo's Model cannot be closed. A finalizer closes its session, at some
//     collection after the last use. Go's collector does not see TensorFlow's
//     memory, so this may never happen while models are loaded repeatedly
//     (https://github.com/galeone/tfgo/issues/72). Close runs the collector and
//     returns when the session is closed and its memory freed.
//   - Tensors, too, are freed only by the collector. Run counts their bytes and
//     runs the collector when necessary.
//
// A SavedModel is a program: its operations can read and write files. Load only
// SavedModels from sources that you trust.
package serving
