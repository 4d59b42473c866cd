// Package server serves one trained network over HTTP: through TensorFlow Serving's
// REST API for programs, and on a page to draw on for people.
//
//	GET  /v1/models/NAME[/versions/N]            the state of the versions
//	GET  /v1/models/NAME[/versions/N]/metadata   the signatures
//	POST /v1/models/NAME[/versions/N]:predict    tensors in, tensors out
//	POST /v1/models/NAME[/versions/N]:classify   examples in, classes with scores out
//	POST /v1/models/NAME[/versions/N]:regress    examples in, numbers out
//	POST /v1/models/NAME[/versions/N]:activations  an image in, outputs of the first layers out
//	GET  /                                       the page
//
// The first five are those of https://www.tensorflow.org/tfx/serving/api_rest, with the
// same errors. In addition, an input that is an image may be {"b64": …} of a png, jpeg
// or gif file.
//
// Requests that arrive together share a run of the network. A new version of the
// network replaces the old one between two requests; requests that have started finish
// with the old version.
package server
