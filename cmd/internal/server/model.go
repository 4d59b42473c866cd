package server

import (
	"context"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs/serving"
)

// The method names of signatures, which determine the requests that a signature serves.
const (
	classifyMethod = "tensorflow/serving/classify"
	regressMethod  = "tensorflow/serving/regress"
)

// Model is one version of a trained network. Run may be called by several goroutines
// concurrently. Close is called after the last Run has returned.
type Model interface {
	// Signatures returns the signatures, by which the network can be called.
	Signatures() []serving.Signature
	// Run computes the outputs of a signature.
	Run(ctx context.Context, signature string, inputs map[string]*tf.Tensor) (map[string]*tf.Tensor, error)
	Close() error
}

// Activations is a Model that can show the outputs of its first layers.
type Activations interface {
	Model
	// Activations takes float images [batch, height, width, channels] in the range 0 to
	// 1.
	Activations(ctx context.Context, images *tf.Tensor) ([]Layer, error)
}

// Layer is the output of one layer for an image.
type Layer struct {
	Name, Kind string // Keras's names, such as "conv2d" and "Conv2D"
	// Output is float [batch, height, width, maps] or [batch, units].
	Output *tf.Tensor
	// Kernel is the weights of a Dense layer whose input is the image, float
	// [height*width*channels, units], or nil.
	Kernel []float32
}

// Description describes a version to clients and the page, in addition to its
// signatures.
type Description struct {
	Version int64
	Labels  []string // names of the classes; may be empty
	// Image is the height, width and channels of the images that the default signature
	// takes, or zero if it does not take images.
	Image [3]int
	// Source describes on the page where the network is from.
	Source string
}

// DecodeImage decodes an image file and resizes the image to height, width and
// channels.
type DecodeImage func(file []byte, shape [3]int) ([]byte, error)

// signature returns the signature of a name.
func (v *version) signature(name string) (serving.Signature, bool) {
	for _, s := range v.model.Signatures() {
		if s.Name == name {
			return s, true
		}
	}
	return serving.Signature{}, false
}

// defaultSignature returns the name of the signature for requests that name none:
// "serving_default", or the only signature.
func (v *version) defaultSignature() string {
	all := v.model.Signatures()
	if _, ok := v.signature(serving.DefaultSignature); !ok && len(all) == 1 {
		return all[0].Name
	}
	return serving.DefaultSignature
}

// imageInput returns the height, width and channels of an input, if the input is
// images: numbers [batch, height, width, 1 or 3 channels] or, if the description has an
// image shape, as many values in a row or a plane.
func (d Description) imageInput(t serving.Tensor) (shape [3]int, is bool) {
	if !t.Known || t.DType != tf.Float && t.DType != tf.Uint8 || len(t.Shape) < 2 {
		return shape, false
	}
	dims := t.Shape[1:]
	if slices.Min(dims) < 1 || slices.Max(dims) > 1<<14 {
		return shape, false
	}
	if len(dims) == 3 {
		shape = [3]int{int(dims[0]), int(dims[1]), int(dims[2])}
		return shape, shape[2] == 1 || shape[2] == 3
	}
	return d.Image, len(dims) < 3 && d.Image[0] > 0 && product(dims) == d.Image[0]*d.Image[1]*d.Image[2]
}
