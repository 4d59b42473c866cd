package serving

import (
	"context"
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
)

// Classifier is a trained network that tells classes of images apart, wherever
// it came from. Any number of goroutines may use it at once.
type Classifier interface {
	// Name is that of the network, and Version the number of this state of it.
	Name() string
	Version() int64
	// InputShape is the height, width and channels of an image.
	InputShape() [3]int
	// InputType is what the network itself takes: tf.Float or tf.Uint8. Predict
	// takes both.
	InputType() tf.DataType
	// Classes are the names of the classes: "0", "1", … where there are none.
	Classes() []string
	// Predict computes what the network says of each image, row-major [images,
	// classes]: the probability of each class, if it ends in a softmax.
	Predict(ctx context.Context, images Images) ([]float32, error)
	// Close frees the network once the predictions that are running are done.
	Close() error
}

// Images are a batch of images of the network's shape, row-major [images, height,
// width, channels], as bytes from 0 (black) to 255 (white) or as numbers from 0
// to 1. One of the two is set.
type Images struct {
	Bytes  []byte
	Floats []float32
}

// len is the number of values.
func (b Images) len() int { return max(len(b.Bytes), len(b.Floats)) }

// Range is what stands for black and for white where a network takes numbers.
// The zero value is 0 and 1, which tflab's own networks want.
type Range struct{ Black, White float32 }

// ClassifierOptions say what a signature leaves open. The zero value is right
// for what tflab exports.
type ClassifierOptions struct {
	Signature string // "": DefaultSignature, or the only one
	Output    string // "": the only one with a row of numbers for each image
	Shape     [3]int // of an image, where the signature does not say it
	Range     Range
}

// signatureClassifier is a Classifier on one signature of a model.
type signatureClassifier struct {
	*Model
	signature Signature
	input     imageInput
	output    string
	names     []string
}

// Classify makes a Classifier of a model's signature: one that has one input,
// images or images in a row, and an output with a number for each class. A first
// prediction shows that it works. The Classifier's Close closes the model.
func (m *Model) Classify(ctx context.Context, o ClassifierOptions) (Classifier, error) {
	s, err := m.Signature(o.Signature)
	if err != nil {
		return nil, err
	}
	c := &signatureClassifier{Model: m, signature: s}
	if c.input, err = newImageInput(s, o); err != nil {
		return nil, err
	}
	if c.output, err = chooseOutput(s, o.Output); err != nil {
		return nil, err
	}
	blank, err := c.batch(ctx, Images{Bytes: make([]byte, c.input.size())})
	if err != nil {
		return nil, err
	}
	c.names = m.Classes()
	if len(c.names) != len(blank) {
		c.names = make([]string, len(blank))
		for i := range c.names {
			c.names[i] = fmt.Sprint(i)
		}
	}
	return c, nil
}

// chooseOutput takes the output that is named, or the only one of floats that
// may be [images, classes].
func chooseOutput(s Signature, name string) (string, error) {
	if name != "" {
		if _, ok := s.Output(name); !ok {
			return "", fmt.Errorf("serving: there is no output %q: want one of %s", name, s)
		}
		return name, nil
	}
	var found []string
	for _, t := range s.Outputs {
		if t.DType == tf.Float && (!t.Known || len(t.Shape) == 2) {
			found = append(found, t.Name)
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("serving: signature %s has %d outputs of floats [images, classes]: want one, or the name of one", s, len(found))
	}
	return found[0], nil
}

func (c *signatureClassifier) InputShape() [3]int     { return c.input.shape }
func (c *signatureClassifier) InputType() tf.DataType { return c.input.DType }
func (c *signatureClassifier) Classes() []string      { return c.names }

func (c *signatureClassifier) Predict(ctx context.Context, images Images) ([]float32, error) {
	size := c.input.size()
	if n := images.len(); n%size != 0 || len(images.Bytes) > 0 && len(images.Floats) > 0 {
		shape := c.input.shape
		return nil, fmt.Errorf("serving: %d values: want whole images of %dx%dx%d", n, shape[0], shape[1], shape[2])
	}
	for i, v := range images.Floats {
		if v-v != 0 {
			return nil, fmt.Errorf("serving: image %d holds %v: want finite numbers", i/size, v)
		}
	}
	if images.len() == 0 {
		return nil, nil
	}
	all := make([]float32, 0, images.len()/size*len(c.names))
	for _, part := range c.input.parts(images) {
		values, err := c.batch(ctx, part)
		if err != nil {
			return nil, err
		}
		all = append(all, values...)
	}
	return all, nil
}

// batch computes what the graph takes at once.
func (c *signatureClassifier) batch(ctx context.Context, images Images) ([]float32, error) {
	n := images.len() / c.input.size()
	t, err := c.input.tensor(images)
	if err != nil {
		return nil, err
	}
	out, err := c.compute(ctx, c.signature, map[string]*tf.Tensor{c.input.Name: t})
	if err != nil {
		return nil, err
	}
	values, err := floats(out[c.output])
	if err != nil {
		return nil, fmt.Errorf("serving: output %q: %w", c.output, err)
	}
	shape := out[c.output].Shape()
	if len(shape) != 2 || int(shape[0]) < n || shape[1] < 1 {
		return nil, fmt.Errorf("serving: output %q has shape %s for %d images: want a row of numbers for each", c.output, dims(shape), n)
	}
	return values[:n*int(shape[1])], nil
}
