// Package keras reads and writes Keras's files: networks in .keras, .json and .h5, and
// weights in .keras, .weights.h5 and .h5.
//
// The input may come from an untrusted source. The package executes nothing from a
// file, and bounds all sizes by the contents of the file. Anything that does not fit
// the network gives an error that names the file, the layer, what was found and what
// was expected.
//
// The formats are those of Keras's saving/saving_lib.py (.keras and .weights.h5, Keras
// 2.12 and later) and legacy/saving/legacy_h5_format.py (.h5).
package keras
