// Package experiment trains a network and leaves a run folder, and opens the
// folder of a run that is there. All commands that train or use a trained network
// go through it: a Spec says what to train on what, how and where; Run trains;
// Open finds a run.
package experiment
