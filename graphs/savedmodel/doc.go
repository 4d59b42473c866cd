// Package savedmodel writes a trained model for inference by other programs: as a
// TensorFlow SavedModel, a frozen graph, or a checkpoint of its variables. Open runs
// the same graph in this process, for package serving.
//
// The written graph is built for inference: only the forward pass, without dropout,
// with batch normalization by the moving averages, without optimizer or devices, and in
// float32 whatever the precision of training.
//
// A SavedModel has two signatures. Both return probabilities, float32 [images,
// classes]:
//
//	serving_default  image: float32 [images, height, width, channels], 0 to 1
//	uint8            image: uint8 of the same shape, 0 to 255
//
// The SavedModel has the format of TensorFlow 1, with variables, collections and a
// saver, which tf.saved_model.load, Keras's TFSMLayer, TensorFlow Serving,
// tf.lite.TFLiteConverter and tf2onnx can read.
package savedmodel
