package lowlevel

import (
	"bytes"
	"cmp"
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
)

// Config describes a [Network]. Zero fields have the default in brackets.
type Config struct {
	Shape   [3]int // height, width and channels of an image [28, 28, 1]
	Classes int    // [10]
	Filters [2]int // number of filters of the convolutional layers [8, 16]
	Kernel  int    // height and width of the filters [5]
	Pool    int    // extent of the pooling after each convolutional layer [none]
	Nodes   int    // of the fully connected layer [64]

	LearningRate float64 // [0.01]
	Momentum     float64 // [0.9]

	Seed uint64 // for the initial weights and the order of the examples
}

func (c Config) withDefaults() Config {
	if c.Shape == [3]int{} {
		c.Shape = [3]int{28, 28, 1}
	}
	c.Classes = cmp.Or(c.Classes, 10)
	c.Filters[0], c.Filters[1] = cmp.Or(c.Filters[0], 8), cmp.Or(c.Filters[1], 16)
	c.Kernel = cmp.Or(c.Kernel, 5)
	c.Nodes = cmp.Or(c.Nodes, 64)
	c.LearningRate, c.Momentum = cmp.Or(c.LearningRate, 0.01), cmp.Or(c.Momentum, 0.9)
	return c
}

func (c Config) check() error {
	for _, n := range []struct {
		name     string
		got      int
		min, max int
	}{
		{"height", c.Shape[0], 1, 1 << 12}, {"width", c.Shape[1], 1, 1 << 12}, {"channels", c.Shape[2], 1, 1 << 12},
		{"classes", c.Classes, 2, 256},
		{"filters of layer 1", c.Filters[0], 1, 1 << 12}, {"filters of layer 2", c.Filters[1], 1, 1 << 12},
		{"kernel", c.Kernel, 1, 1 << 12}, {"pool", c.Pool, 0, 1 << 12}, {"nodes", c.Nodes, 1, 1 << 16},
	} {
		if n.got < n.min || n.got > n.max {
			return fmt.Errorf("network: got %s %d: want %d to %d", n.name, n.got, n.min, n.max)
		}
	}
	if !(c.LearningRate > 0) || !(c.Momentum >= 0 && c.Momentum < 1) {
		return fmt.Errorf("network: got learning rate %g and momentum %g: want a rate above 0 and a momentum from 0 to below 1",
			c.LearningRate, c.Momentum)
	}
	return nil
}

// Network is a network made of this package's functions: two convolutional layers, each
// followed by ReLU, normalization and optionally pooling; a fully connected layer; an
// output layer; softmax and cross-entropy. The package's back-propagations compute the
// gradients. The network has its own session, which holds the weights.
type Network struct {
	config  Config
	graph   *graph
	session *tf.Session
}

// NewNetwork returns a network with random weights. The caller must close it.
func NewNetwork(c Config) (*Network, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	g, err := newGraph(c)
	if err != nil {
		return nil, err
	}
	tfGraph, err := g.scope.Finalize()
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	session, err := tf.NewSession(tfGraph, nil)
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	if _, err := session.Run(nil, nil, g.initialize); err != nil {
		session.Close()
		return nil, fmt.Errorf("network: first weights: %w", err)
	}
	return &Network{c, g, session}, nil
}

// Close closes the session and frees the weights.
func (n *Network) Close() error { return n.session.Close() }

// Update runs the forward and backward pass of a mini-batch and updates the weights by
// one step of gradient descent. It returns the batch's mean loss before the update.
func (n *Network) Update(batch Examples) (loss float64, err error) {
	feeds, err := n.feeds(batch)
	if err != nil {
		return 0, err
	}
	out, err := n.session.Run(feeds, []tf.Output{n.graph.loss}, n.graph.update)
	if err != nil {
		return 0, fmt.Errorf("network: update: %w", err)
	}
	return float64(out[0].Value().(float32)), nil
}

// Accuracy returns the share of the examples, from 0 to 1, whose most probable class is
// correct.
func (n *Network) Accuracy(examples Examples) (float64, error) {
	const most = 100 // examples at a time, because the patches take much memory
	right := 0
	for first := 0; first < examples.Len(); first += most {
		batch := examples.slice(first, min(first+most, examples.Len()))
		feeds, err := n.feeds(batch)
		if err != nil {
			return 0, err
		}
		out, err := n.session.Run(feeds, []tf.Output{n.graph.predictions}, nil)
		if err != nil {
			return 0, fmt.Errorf("network: accuracy: %w", err)
		}
		for i, class := range out[0].Value().([]int64) {
			if int(batch.Labels[i]) == int(class) {
				right++
			}
		}
	}
	return float64(right) / float64(examples.Len()), nil
}

// feeds converts examples to the graph's inputs. The graph does not store them: a batch
// of bytes is small compared to its patches.
func (n *Network) feeds(examples Examples) (map[tf.Output]*tf.Tensor, error) {
	if err := examples.check(n.config); err != nil {
		return nil, err
	}
	count := int64(examples.Len())
	shape := []int64{count, int64(n.config.Shape[0]), int64(n.config.Shape[1]), int64(n.config.Shape[2])}
	images, err := tf.ReadTensor(tf.Uint8, shape, bytes.NewReader(examples.Images))
	if err != nil {
		return nil, fmt.Errorf("network: images: %w", err)
	}
	labels, err := tf.ReadTensor(tf.Uint8, []int64{count}, bytes.NewReader(examples.Labels))
	if err != nil {
		return nil, fmt.Errorf("network: labels: %w", err)
	}
	return map[tf.Output]*tf.Tensor{n.graph.images: images, n.graph.labels: labels}, nil
}

// Stage is the value of one image at one stage of the network.
type Stage struct {
	Name   string    // "input", "conv 1", "relu 1", …, "output", "probabilities"
	Shape  []int     // height, width, channels; or the number of nodes
	Values []float32 // row-major
}

// Stages runs one image, H x W x C, through the network. It returns the image, the
// output of each layer and the class probabilities.
func (n *Network) Stages(image []byte) ([]Stage, error) {
	feeds, err := n.feeds(Examples{Images: image, Labels: []uint8{0}})
	if err != nil {
		return nil, err
	}
	delete(feeds, n.graph.labels)
	names := []string{"input"}
	for _, l := range n.graph.layers {
		names = append(names, l.name)
	}
	names = append(names, "probabilities")
	return n.fetch(feeds, names, append(n.graph.stages[:len(n.graph.stages):len(n.graph.stages)], n.graph.probabilities))
}

// Filters returns the filters of the first layer, KH x KW x C x F.
func (n *Network) Filters() (Stage, error) {
	stages, err := n.fetch(nil, []string{"filters 1"}, []tf.Output{n.graph.layers[0].variables[0].value})
	if err != nil {
		return Stage{}, err
	}
	return stages[0], nil
}

// fetch runs the graph for outputs and drops their batch axis of length one.
func (n *Network) fetch(feeds map[tf.Output]*tf.Tensor, names []string, outputs []tf.Output) ([]Stage, error) {
	results, err := n.session.Run(feeds, outputs, nil)
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	stages := make([]Stage, len(results))
	for i, t := range results {
		shape := t.Shape()
		if feeds != nil {
			shape = shape[1:]
		}
		stages[i].Name = names[i]
		for _, extent := range shape {
			stages[i].Shape = append(stages[i].Shape, int(extent))
		}
		if err := t.Reshape([]int64{sizeOf(shape)}); err != nil {
			return nil, fmt.Errorf("network: %s: %w", names[i], err)
		}
		stages[i].Values = t.Value().([]float32)
	}
	return stages, nil
}
