package keras

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tflab/tflab/tfmodels"
)

// Recipe is how the network is trained unless something else is asked for: by the
// optimizer that the file was compiled with, else by Keras's default, in the
// batches that Keras's fit takes by default.
func (n *Network) Recipe() tfmodels.Recipe {
	r := tfmodels.Recipe{Optimizer: "rmsprop", BatchSize: 32, Epochs: 1}
	switch n.InputShape() {
	case [3]int{28, 28, 1}:
		r.Dataset = "mnist"
	case [3]int{32, 32, 3}:
		r.Dataset = "cifar10"
	}
	c := n.Model.Compile
	if c == nil {
		return r
	}
	r.BadLoss = at("compile_config: loss", c.checkLoss())
	if c.Optimizer.Class == "" {
		return r
	}
	optimizer, rate, decay, err := c.optimizer()
	if err != nil {
		r.BadOptimizer = at("compile_config: optimizer", err)
		return r
	}
	r.Optimizer, r.LearningRate, r.Decay = optimizer, rate, decay
	return r
}

// checkLoss sees that the loss is the cross-entropy that tflab computes.
func (c *Compile) checkLoss() error {
	err := c.Loss.Config.supported("from_logits", false)
	if c.Loss.Class == "CategoricalCrossentropy" && err == nil {
		err = c.Loss.Config.supported("label_smoothing", 0.0)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Loss.Class, err)
	}
	return nil
}

// optimizer is the optimizer by its name in package optim.
func (c *Compile) optimizer() (name string, rate, decay float64, err error) {
	o := c.Optimizer
	only := []any{"weight_decay", nil, "clipnorm", nil, "global_clipnorm", nil, "clipvalue", nil}
	switch o.Class {
	case "SGD":
		only = append(only, "momentum", 0.0, "nesterov", false)
	case "RMSprop":
		only = append(only, "rho", 0.9, "momentum", 0.0, "epsilon", 1e-7, "centered", false)
	case "Adadelta":
		only = append(only, "rho", 0.95, "epsilon", 1e-7)
	case "Adam":
		only = append(only, "beta_1", 0.9, "beta_2", 0.999, "epsilon", 1e-7, "amsgrad", false)
	default:
		return "", 0, 0, fmt.Errorf("%s is not supported: want SGD, RMSprop, Adadelta or Adam, or --optimizer", o.Class)
	}
	if err := o.Config.supported(only...); err != nil {
		return "", 0, 0, fmt.Errorf("%s: %w, or --optimizer", o.Class, err)
	}
	switch v := o.Config["learning_rate"].(type) {
	case float64:
		return strings.ToLower(o.Class), shortest(v), 0, nil
	case Object:
		if v.Class == "InverseTimeDecay" && !v.Config.bool("staircase") && v.Config.float("decay_steps") > 0 {
			return strings.ToLower(o.Class), v.Config.float("initial_learning_rate"), v.Config.float("decay_rate") / v.Config.float("decay_steps"), nil
		}
		return "", 0, 0, fmt.Errorf("%s: learning_rate: the schedule %s is not supported: want a number or InverseTimeDecay, or --optimizer", o.Class, v.Class)
	}
	return "", 0, 0, fmt.Errorf("%s: learning_rate is missing", o.Class)
}

// shortest is the number that a float32 prints as: Keras writes 0.1 as
// 0.10000000149011612, the nearest float32.
func shortest(v float64) float64 {
	if v != float64(float32(v)) {
		return v
	}
	f, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', -1, 32), 64) // parses what was just formatted
	return f
}
