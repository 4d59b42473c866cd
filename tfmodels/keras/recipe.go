package keras

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/layers"
)

// Recipe returns the defaults for training the network: the optimizer and the loss that
// the file was compiled with, or else Keras's defaults, and the default batch size of
// Keras's fit.
func (n *Network) Recipe() tfmodels.Recipe {
	r := tfmodels.Recipe{Optimizer: "rmsprop", BatchSize: 32, Epochs: 1}
	switch n.InputShape() {
	case [3]int{28, 28, 1}:
		r.Dataset = "mnist"
	case [3]int{32, 32, 3}:
		r.Dataset = "cifar10"
	}
	if len(n.Functional.TrainedWeights()) == 0 {
		r.BadLoss = errors.New("all layers with weights are frozen: want one with trainable: true")
	}
	c := n.Model.Compile
	if c == nil {
		return r
	}
	r.LabelSmoothing = c.Loss.Config.float("label_smoothing")
	r.BadOptimizer = at("compile_config", c.BadOptimizer)
	if r.BadLoss == nil {
		r.BadLoss = at("compile_config", c.Bad)
	}
	if c.Optimizer.Class != "" {
		if err := train(c.Optimizer, &r); err != nil {
			r.BadOptimizer = at("compile_config: optimizer", fmt.Errorf("%s: %w", c.Optimizer.Class, err))
		}
	}
	return r
}

// givesLogits reports whether the output of a model may be logits: if the model was
// compiled with a loss with from_logits, or if the loss is unknown and the last layer
// has no activation.
func (m *Model) givesLogits(g tfmodels.Graph) bool {
	if c := m.Compile; c != nil && c.Loss.Class != "" {
		return c.Loss.Config.bool("from_logits")
	}
	for _, n := range g.Nodes {
		if n.Name == g.Output.Layer {
			return linear(n.Layer)
		}
	}
	return false
}

// linear reports whether a layer that could have an activation has none.
func linear(l layers.Layer) bool {
	switch l := l.(type) {
	case layers.Dense:
		return l.Activation == "" || l.Activation == layers.Linear
	case layers.Activate:
		return l.Function == "" || l.Function == layers.Linear
	case layers.Rectifier, layers.Leaky:
		return false
	}
	return true
}

// shortest returns the number that a float32 is printed as. Keras writes 0.1 as
// 0.10000000149011612, the nearest float32.
func shortest(v float64) float64 {
	if v != float64(float32(v)) {
		return v
	}
	f, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', -1, 32), 64) // parses the output of FormatFloat
	return f
}
