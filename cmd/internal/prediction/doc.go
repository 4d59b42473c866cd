// Package prediction is what the commands do with a trained network, a run's or
// a SavedModel: read images for it, predict, and tell people and programs the
// result.
package prediction
