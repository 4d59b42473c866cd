// Package runfolder reads and writes the folder of a training run, in file formats that
// other programs read too.
//
//	config.json       everything that the run depends on: Config
//	history.csv       one row per epoch, in the format of Keras's CSVLogger
//	history.json      the same columns as arrays, and the test score
//	history.png       loss and accuracy of each epoch
//	predictions.json  the network's predictions for the test set: Predictions
//	predictions.npy   the probabilities of the test set, [examples, classes]
//	confusion.png     the confusion matrix of the test set
//	weights.npz       the weights, float32, by Keras's names
//	timing.json       start-up, time and memory of the process: Timing
//	collapse.json     in a lab, a network of linear layers compared to their product: Collapse
//	checkpoint/       TensorFlow's checkpoints, from which the run resumes: fit.Checkpoint
//	tensorboard/      event files, if requested: fit.TensorBoard
//	.lock             names the process that uses the folder, otherwise empty: Lock
//
// Files are replaced atomically: a killed run leaves the files of its last complete
// epoch.
package runfolder
