// Package serving runs trained models: any SavedModel that TensorFlow can load,
// whatever wrote it (tflab export, Keras's model.export, tf.saved_model.save).
// Package savedmodel makes one of a network and its weights.
//
// A Model is used by its signatures: a Signature names the inputs and outputs of
// one computation, and the MetaGraphDef of a SavedModel says which tensors of
// the graph they are. Callers never name operations. Classify makes a Classifier
// of a model that has a signature from images to a number for each class.
//
// Models are loaded and run by tfgo (LoadModel, Exec), with four additions:
//
//   - tfgo panics on errors. Here they are returned, as one line.
//   - tfgo's Model keeps the signatures to itself and wants names of operations.
//     The signatures are read from saved_model.pb here.
//   - tfgo's Model cannot be closed. Its session is closed by a finalizer, at
//     some collection after the last use; since Go's collector does not see
//     TensorFlow's memory, that can take for ever while models are loaded again
//     and again (https://github.com/galeone/tfgo/issues/72). Close runs the
//     collector and returns when the session is closed and its memory freed.
//   - Tensors, too, are freed by the collector alone. Run counts their bytes, and
//     runs the collector when it has to.
//
// A SavedModel is a program: its operations can read and write files. Load only
// what comes from a source that you trust.
package serving
