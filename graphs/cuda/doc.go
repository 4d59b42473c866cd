// Package cuda queries the NVIDIA driver and the CUDA libraries for the machine's GPUs
// and whether TensorFlow can use them.
//
// TensorFlow reports only that it has no GPU, and writes the reason to a log that is
// switched off. The driver and the libraries are C libraries that may be missing, so
// this package opens them with dlopen, which requires cgo. It calls the CUDA libraries
// through the entry points that libtensorflow exports: these load a library as
// TensorFlow does, from the folders that TensorFlow searches, and so give TensorFlow's
// answer.
//
// A driver can hang. The calls run in a thread of this process, which is abandoned
// after a time limit. A child process would be no better: TensorFlow calls cuInit in
// this process in any case, a child would start the driver a second time, and this
// package's time limit for cuInit protects TensorFlow's calls as well.
package cuda
