package lowlevel

import (
	"fmt"
	"math/rand/v2"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	tg "github.com/galeone/tfgo"
)

// graph is a network's TensorFlow graph.
type graph struct {
	scope          *op.Scope
	images, labels tf.Output // placeholders: N x H x W x C and N, uint8

	layers        []layer
	stages        []tf.Output // the input of the first layer and the output of each layer
	probabilities tf.Output   // N x classes
	predictions   tf.Output   // N, the most probable classes, int64
	loss          tf.Output   // mean over the batch
	initialize    []*tf.Operation
	update        []*tf.Operation
}

func newGraph(c Config) (g *graph, err error) {
	s := tg.NewRoot()
	defer seal("network", s, &err)
	g = &graph{scope: s}
	g.images = op.Placeholder(s.SubScope("images"), tf.Uint8,
		op.PlaceholderShape(tf.MakeShape(-1, int64(c.Shape[0]), int64(c.Shape[1]), int64(c.Shape[2]))))
	g.labels = op.Placeholder(s.SubScope("labels"), tf.Uint8, op.PlaceholderShape(tf.MakeShape(-1)))

	if err := g.addLayers(c); err != nil {
		return nil, err
	}
	logits := g.output() // N x classes
	if g.probabilities, err = Softmax(s, logits); err != nil {
		return nil, err
	}
	g.predictions = op.ArgMax(s.SubScope("ArgMax"), logits, tg.Const(s, int32(1)))

	dLogits, err := g.addLoss(c.Classes)
	if err != nil {
		return nil, err
	}
	if err := g.addUpdate(dLogits, c.LearningRate, c.Momentum); err != nil {
		return nil, err
	}
	return g, nil
}

// addLayers adds the forward pass: two convolutional layers, each followed by ReLU,
// normalization and optionally pooling; a fully connected layer with ReLU; and the
// output layer. Initial weights are random numbers from the seed, initial biases zeros.
func (g *graph) addLayers(c Config) error {
	r := rand.New(rand.NewPCG(c.Seed, 0))
	pixels := tg.Cast(g.scope, g.images, tf.Float)
	g.stages = []tf.Output{mul(g.scope, pixels, tg.Const(g.scope, float32(1./255)))}
	for i, filters := range c.Filters {
		if err := g.addConvolution(r, i+1, int64(c.Kernel), int64(filters), c.Pool); err != nil {
			return err
		}
	}
	if err := g.addConnected(r, "hidden", int64(c.Nodes)); err != nil {
		return err
	}
	if err := g.add(thresholdLayer("relu 3")); err != nil {
		return err
	}
	return g.addConnected(r, "output", int64(c.Classes))
}

func (g *graph) addConvolution(r *rand.Rand, number int, kernel, filters int64, pool int) error {
	channels := g.output().Shape().Size(3)
	inputs := kernel * kernel * channels
	v, err := newVariable(g.scope, fmt.Sprintf("filters_%d", number),
		random(r, inputs*filters, inputs), kernel, kernel, channels, filters)
	if err != nil {
		return err
	}
	layers := []layer{
		convolutionLayer(fmt.Sprintf("conv %d", number), v),
		thresholdLayer(fmt.Sprintf("relu %d", number)),
		normalizationLayer(fmt.Sprintf("normalize %d", number)),
	}
	if pool > 0 {
		layers = append(layers, poolingLayer(fmt.Sprintf("pool %d", number), pool))
	}
	return g.add(layers...)
}

func (g *graph) addConnected(r *rand.Rand, name string, nodes int64) error {
	shape, err := g.output().Shape().ToSlice() // N and the shape of an example
	if err != nil {
		return err
	}
	inputs := sizeOf(shape[1:])
	weights, err := newVariable(g.scope, name+"_weights", random(r, inputs*nodes, inputs), inputs, nodes)
	if err != nil {
		return err
	}
	bias, err := newVariable(g.scope, name+"_bias", make([]float32, nodes), nodes)
	if err != nil {
		return err
	}
	return g.add(connectedLayer(name, weights, bias))
}

// add appends layers to the output of the last layer.
func (g *graph) add(layers ...layer) error {
	for _, l := range layers {
		y, err := l.forward(g.scope, g.output())
		if err != nil {
			return fmt.Errorf("layer %s: %w", l.name, err)
		}
		g.layers, g.stages = append(g.layers, l), append(g.stages, y)
	}
	return nil
}

// output returns the output of the last layer.
func (g *graph) output() tf.Output { return g.stages[len(g.stages)-1] }

// addLoss adds the mean cross-entropy of the batch and returns its gradient with
// respect to the logits.
func (g *graph) addLoss(classes int) (dLogits tf.Output, err error) {
	s, logits := g.scope, g.output()
	right := op.OneHot(s.SubScope("OneHot"), g.labels, tg.Const(s, int32(classes)),
		tg.Const(s, float32(1)), tg.Const(s, float32(0))) // N x classes
	losses, err := CrossEntropy(s, logits, right) // N
	if err != nil {
		return dLogits, err
	}
	g.loss = op.Mean(s.SubScope("Mean"), losses, tg.Const(s, int32(0)))
	size := tg.Cast(s, op.Size(s.SubScope("Size"), losses), tf.Float)
	share := div(s, onesLike(s, losses), size) // N, each 1/N: the gradient of the mean
	return CrossEntropyBackprop(s, logits, right, share)
}

// addUpdate adds the backward pass, from the last layer to the first, and a step of
// gradient descent with momentum for every variable,
//
//	velocity = momentum * velocity - rate * gradient
//	variable = variable + velocity
//
// as in Keras's SGD. All gradients are computed before any variable changes, because
// each depends on the loss and so on all variables.
func (g *graph) addUpdate(dLogits tf.Output, rate, momentum float64) error {
	s, upstream := g.scope, dLogits
	for i := len(g.layers) - 1; i >= 0; i-- {
		l := g.layers[i]
		dx, gradients, err := l.back(s, g.stages[i], upstream)
		if err != nil {
			return fmt.Errorf("layer %s: %w", l.name, err)
		}
		for j, v := range l.variables {
			velocity, err := newVariable(s, v.name+"_velocity", make([]float32, sizeOf(v.shape)), v.shape...)
			if err != nil {
				return err
			}
			step := mul(s, gradients[j], tg.Const(s, float32(-rate)))
			next := tg.NewTensor(s, velocity.value).Mul(tg.Const(s, float32(momentum))).Add(step).Output
			g.update = append(g.update,
				op.AssignVariableOp(s.SubScope("Keep"), velocity.handle, next),
				op.AssignAddVariableOp(s.SubScope("Update"), v.handle, next))
			g.initialize = append(g.initialize, v.initialize, velocity.initialize)
		}
		upstream = dx
	}
	return nil
}
