// Package servable loads what package server serves: the network of a run, or a
// SavedModel. A source that has changed can be loaded again.
package servable
