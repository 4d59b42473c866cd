// Package runfolder keeps what a training run leaves behind: one folder a run,
// in files that other programs read too.
//
//	config.json       everything that the run depended on: Config
//	history.csv       an epoch a row, as Keras's CSVLogger writes it
//	history.json      the same columns as arrays, and the test score
//	predictions.json  what the trained network made of the test set: Predictions
//	predictions.npy   the probabilities of the test set, [examples, classes]
//	timing.json       start-up, time and memory of the process: Timing
//	weights.npz       the weights, float32, by Keras's names
//
// A file is replaced as a whole: a run that is killed leaves the files of its
// last complete epoch.
package runfolder
