package serving

import (
	"context"
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
)

// Classifier is a trained network that classifies images, of any origin. It is safe for
// concurrent use.
type Classifier interface {
	// Name returns the name of the network, and Version the number of its present
	// state.
	Name() string
	Version() int64
	// InputShape returns the height, width and channels of an image.
	InputShape() [3]int
	// InputType returns the type of the network's input: tf.Float or tf.Uint8. Predict
	// accepts both.
	InputType() tf.DataType
	// Classes returns the names of the classes, or "0", "1", … if they have no names.
	Classes() []string
	// Predict returns the network's output for each image, row-major [images, classes]:
	// the probability of each class if the network ends in a softmax.
	Predict(ctx context.Context, images Images) ([]float32, error)
	// Close waits for running predictions and frees the network.
	Close() error
}

// Images are a batch of images of the network's shape, row-major [images, height,
// width, channels], as bytes from 0 (black) to 255 (white) or as numbers from 0
// to 1. One of the two is set.
type Images struct {
	Bytes  []byte
	Floats []float32
}

// len returns the number of values.
func (b Images) len() int { return max(len(b.Bytes), len(b.Floats)) }

// Range is the values of black and white for a network that takes floats. The zero
// value means 0 and 1, which tflab's own networks take.
type Range struct{ Black, White float32 }

// ClassifierOptions specify what a signature leaves open. The zero value is right for
// models that tflab exports.
type ClassifierOptions struct {
	Signature string // "" means DefaultSignature, or the only signature
	Output    string // "" means the only output with a row of numbers for each image
	Shape     [3]int // of an image, if the signature leaves it open
	Range     Range
}

// signatureClassifier is a Classifier that uses a signature of a model.
type signatureClassifier struct {
	*Model
	signature Signature
	input     imageInput
	output    string
	names     []string
}

// Classify returns a Classifier that uses a signature of the model. The signature must
// have one input, which is images or flattened images, and an output with a number for
// each class. Classify makes a prediction to check that this works. Closing the
// Classifier closes the model.
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

// chooseOutput returns the output of the given name, or the only float output whose
// shape can be [images, classes].
func chooseOutput(s Signature, name string) (string, error) {
	if name != "" {
		if _, ok := s.Output(name); !ok {
			return "", fmt.Errorf("serving: no output %q: want one of %s", name, s)
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
		return "", fmt.Errorf("serving: signature %s has %d float outputs [images, classes]: want one; name the output", s, len(found))
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
		return nil, fmt.Errorf("serving: %d values: want complete images of %dx%dx%d", n, shape[0], shape[1], shape[2])
	}
	for i, v := range images.Floats {
		if v-v != 0 {
			return nil, fmt.Errorf("serving: image %d has the value %v: want finite numbers", i/size, v)
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

// batch computes one batch of the size that the graph takes.
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
