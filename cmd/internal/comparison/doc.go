// Package comparison compares two training runs, whichever program wrote them. It reads
// two run folders and writes numbers, pictures and a verdict.
//
// A folder needs a history (history.json or history.csv). The files weights.npz,
// predictions.npy, config.json and timing.json are compared if both folders have them;
// the result lists those that are missing.
package comparison
