// Package keras reads and writes Keras's files: the weights of a network in
// .keras, .weights.h5 and .h5.
//
// What is read may come from anywhere. Nothing in a file is executed, sizes are
// bounded by what the file contains, and whatever does not fit the network gives
// an error that names the file, the layer, what was found and what was expected.
//
// The formats are those of Keras's saving/saving_lib.py (.keras and .weights.h5,
// Keras 2.12 and later) and legacy/saving/legacy_h5_format.py (.h5).
package keras
