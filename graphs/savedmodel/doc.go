// Package savedmodel writes a trained model for inference elsewhere: as a
// TensorFlow SavedModel, as a frozen graph, or as a checkpoint of its variables.
// Open runs the same graph here, for package serving.
//
// What is written is built anew: the forward pass alone, without dropout, with
// batch normalization by the moving averages, without optimizer and devices, and
// in float32 whatever the precision of the training was.
//
// A SavedModel has two signatures. Both give probabilities, float32 [images,
// classes]:
//
//	serving_default  image: float32 [images, height, width, channels], 0 to 1
//	uint8            image: uint8 of the same shape, 0 to 255
//
// Its graph has the form that TensorFlow 1 gave it, with variables, collections
// and a saver, which tf.saved_model.load, Keras's TFSMLayer, TensorFlow Serving,
// tf.lite.TFLiteConverter and tf2onnx read.
package savedmodel
