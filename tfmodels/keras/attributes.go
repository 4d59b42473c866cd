package keras

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tflab/tflab/graphs"
)

// describe records the initializers, regularizers and constraints that a layer's
// settings specify for its weights.
func (a *assembly) describe(layer string, c Config, weights []graphs.Weight) error {
	for _, w := range weights {
		prefix := strings.TrimSuffix(w.Name, "_kernel") // depthwise_kernel has the prefix depthwise
		if _, own := c["depthwise_initializer"]; own && w.Name == "kernel" {
			prefix = "depthwise"
		}
		said := graphs.Weight{}
		if o, ok := c[prefix+"_initializer"].(Object); ok {
			if o.Class == "Orthogonal" && len(w.Shape) < 2 {
				return at(prefix+"_initializer", fmt.Errorf("a weight of shape %v cannot be orthogonal: want a matrix or more", w.Shape))
			}
			var err error
			if said.Initializer, err = initializer(o); err != nil {
				return at(prefix+"_initializer", err)
			}
		}
		if o, ok := c[prefix+"_regularizer"].(Object); ok {
			said.Regularizer = graphs.Regularizer{L1: o.Config.float("l1"), L2: o.Config.float("l2")}
		}
		if o, ok := c[prefix+"_constraint"].(Object); ok {
			var err error
			if said.Constraint, err = constraint(o, len(w.Shape)); err != nil {
				return at(prefix+"_constraint", fmt.Errorf("%s: %w", o.Class, err))
			}
		}
		a.weights[layer+"/"+w.Name] = said
	}
	return nil
}

// constraint returns Keras's constraint of a class, for a weight with the given number
// of axes.
func constraint(o Object, rank int) (*graphs.Constraint, error) {
	c := &graphs.Constraint{Least: o.Config.float("min_value"), Most: o.Config.float("max_value"), Rate: 1}
	switch o.Class {
	case "NonNeg":
		return &graphs.Constraint{NonNegative: true}, nil
	case "UnitNorm":
		c.Least, c.Most = 1, 1
	case "MinMaxNorm":
		c.Rate = o.Config.float("rate")
		if c.Least > c.Most {
			return nil, fmt.Errorf("min_value: %g: want at most max_value, %g", c.Least, c.Most)
		}
	}
	if c.Least < 0 || c.Most < 0 {
		return nil, errors.New("a norm below 0: want 0 or more")
	}
	axes, _ := o.Config["axis"].([]int)
	for _, axis := range axes {
		if axis < 0 {
			axis += rank
		}
		if axis < 0 || axis >= rank {
			return nil, fmt.Errorf("axis: %v: want axes of a weight with %d axes", axes, rank)
		}
		c.Axes = append(c.Axes, axis)
	}
	return c, nil
}
