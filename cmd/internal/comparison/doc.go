// Package comparison holds two training runs against each other, whoever wrote
// them: two run folders in, numbers, pictures and a verdict out.
//
// A folder needs a history (history.json or history.csv); weights.npz,
// predictions.npy, config.json and timing.json are compared where both have
// them, and named where not.
package comparison
