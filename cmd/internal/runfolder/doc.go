// Package runfolder keeps what a training run leaves behind: one folder a run,
// in files that other programs read too.
//
//	config.json       everything that the run depended on: Config
//	history.csv       an epoch a row, as Keras's CSVLogger writes it
//	history.json      the same columns as arrays, and the test score
//	history.png       loss and accuracy, epoch by epoch
//	predictions.json  what the trained network made of the test set: Predictions
//	predictions.npy   the probabilities of the test set, [examples, classes]
//	confusion.png     the test set's classes against the network's guesses
//	weights.npz       the weights, float32, by Keras's names
//	timing.json       start-up, time and memory of the process: Timing
//	collapse.json     a network of linear layers against their product, in a lab: Collapse
//	checkpoint/       TensorFlow's bundles, to go on from: fit.Checkpoint
//	tensorboard/      event files, if asked for: fit.TensorBoard
//	.lock             empty but for the process that uses the folder: Lock
//
// A file is replaced as a whole: a run that is killed leaves the files of its
// last complete epoch.
package runfolder
