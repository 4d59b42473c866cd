package server

import (
	"context"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs/serving"
)

// The method names of signatures, which say what requests a signature is for.
const (
	classifyMethod = "tensorflow/serving/classify"
	regressMethod  = "tensorflow/serving/regress"
)

// Model is one version of a trained network. Run may be called by several
// goroutines at a time; Close is called after the last Run has returned.
type Model interface {
	// Signatures are the ways to call the network, by name.
	Signatures() []serving.Signature
	// Run computes the outputs of a signature.
	Run(ctx context.Context, signature string, inputs map[string]*tf.Tensor) (map[string]*tf.Tensor, error)
	Close() error
}

// Activations is a Model that shows what its first layers make of images.
type Activations interface {
	Model
	// Activations takes float images [batch, height, width, channels] in 0 to 1.
	Activations(ctx context.Context, images *tf.Tensor) ([]Layer, error)
}

// Layer is what one layer makes of an image.
type Layer struct {
	Name, Kind string // as Keras has them: "conv2d", "Conv2D"
	// Output is float [batch, height, width, maps] or [batch, units].
	Output *tf.Tensor
	// Kernel is the weights of a Dense layer that sees the image itself, float
	// [height*width*channels, units], else nil.
	Kernel []float32
}

// Description is what clients and the page are told of a version beside its
// signatures.
type Description struct {
	Version int64
	Labels  []string // of the classes; may be empty
	// Image is height, width and channels of the images that the default signature
	// takes; zero where it takes none.
	Image [3]int
	// Source is what the page says of where the network came from.
	Source string
}

// DecodeImage brings the file of an image to height, width and channels, as
// bytes.
type DecodeImage func(file []byte, shape [3]int) ([]byte, error)

// signature finds a signature by its name.
func (v *version) signature(name string) (serving.Signature, bool) {
	for _, s := range v.model.Signatures() {
		if s.Name == name {
			return s, true
		}
	}
	return serving.Signature{}, false
}

// defaultSignature is the name of the signature of a request that names none:
// "serving_default", or the only one that there is.
func (v *version) defaultSignature() string {
	all := v.model.Signatures()
	if _, ok := v.signature(serving.DefaultSignature); !ok && len(all) == 1 {
		return all[0].Name
	}
	return serving.DefaultSignature
}

// imageInput is the height, width and channels of what an input takes, if that
// is images: numbers [batch, height, width, 1 or 3 channels], or, where the
// description has a shape for them, as many values in a row or a plane.
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
