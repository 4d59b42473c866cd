// Package experiment trains networks and opens the runs that training has left. All
// commands that train or use a trained network go through it: a Spec describes what to
// train, on what data, how and where; Run trains; Open opens a run.
package experiment
