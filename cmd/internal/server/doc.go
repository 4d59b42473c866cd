// Package server serves one trained network over HTTP: by TensorFlow Serving's
// REST API, for programs, and by a page on which one draws, for people.
//
//	GET  /v1/models/NAME[/versions/N]            the state of the versions
//	GET  /v1/models/NAME[/versions/N]/metadata   the signatures
//	POST /v1/models/NAME[/versions/N]:predict    tensors in, tensors out
//	POST /v1/models/NAME[/versions/N]:classify   examples in, classes with scores out
//	POST /v1/models/NAME[/versions/N]:regress    examples in, numbers out
//	POST /v1/models/NAME[/versions/N]:activations  what the first layers make of an image
//	GET  /                                       the page
//
// The first five are those of
// https://www.tensorflow.org/tfx/serving/api_rest, with the same errors. Beyond
// them an input that is an image also takes {"b64": …} of a png, jpeg or gif file.
//
// Requests that arrive together share a run of the network. A new version of the
// network takes over between two requests; those that the old one has begun end
// with it.
package server
