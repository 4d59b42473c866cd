// Package cuda asks the NVIDIA driver and the CUDA libraries which GPUs there are
// and whether TensorFlow can use them.
//
// TensorFlow says only that it has no GPU, and the reason stands in a log that is
// switched off. The driver and the libraries are C libraries that may be missing,
// so they are opened with dlopen; that is why this package uses cgo. The entry
// points of the CUDA libraries are those that libtensorflow exports: they load a
// library the way TensorFlow loads it, from the folders that TensorFlow searches,
// and so their answer is TensorFlow's.
//
// A driver can hang. The calls run in a thread of this process that is left behind
// after a time limit, and not in a child process: TensorFlow calls cuInit in this
// process in any case, a child would start the driver a second time, and cuInit is
// guarded for TensorFlow's calls, too.
package cuda
