// Package prediction runs a trained network, of a run or a SavedModel, on images: it
// reads the images, predicts, and formats the results for people and programs.
package prediction
