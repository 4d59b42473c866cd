// Package servable loads what package server serves: the network of a run, or a
// SavedModel. A source can be loaded again when it has changed.
package servable
