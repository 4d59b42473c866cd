package keras

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/tflab/tflab/tfmodels/layers"
)

// converter makes a layer of tflab from one of Keras's.
type converter func(c Config, inputs [][]int) (layers.Layer, error)

// converters are the layers that tflab can build. Settings that a converter does
// not mention are the same in all files that were read, or checked by supported.
func converters() map[string]converter {
	return map[string]converter{
		"Dense": func(c Config, _ [][]int) (layers.Layer, error) {
			a, err := c.activation()
			return layers.Dense{Units: c.int("units"), NoBias: !c.bool("use_bias"), Activation: a}, err
		},
		"Conv2D":             convertConv2D,
		"BatchNormalization": convertBatchNorm,
		"MaxPooling2D": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.MaxPool2D{Size: c.size("pool_size"), Strides: c.size("strides"), Same: c.string("padding") == "same"}, nil
		},
		"AveragePooling2D": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.AveragePool2D{Size: c.size("pool_size"), Strides: c.size("strides"), Same: c.string("padding") == "same"}, nil
		},
		"GlobalAveragePooling2D": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.GlobalAveragePool2D{KeepDims: c.bool("keepdims")}, nil
		},
		"Flatten": func(Config, [][]int) (layers.Layer, error) { return layers.Flatten{}, nil },
		"Dropout": func(c Config, _ [][]int) (layers.Layer, error) { return layers.Dropout{Rate: c.float("rate")}, nil },
		"Activation": func(c Config, _ [][]int) (layers.Layer, error) {
			a, err := c.activation()
			return layers.Activate{Function: a}, err
		},
		"ReLU": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.Activate{Function: layers.ReLU, Class: "ReLU"}, c.supported("max_value", nil, "negative_slope", 0.0, "threshold", 0.0)
		},
		"Softmax": func(c Config, inputs [][]int) (layers.Layer, error) {
			return layers.Activate{Function: layers.Softmax, Class: "Softmax"}, c.lastAxis(inputs)
		},
		"Add":         func(Config, [][]int) (layers.Layer, error) { return layers.Add{}, nil },
		"Concatenate": func(c Config, _ [][]int) (layers.Layer, error) { return layers.Concatenate{Axis: c.int("axis")}, nil },
	}
}

func convertConv2D(c Config, _ [][]int) (layers.Layer, error) {
	a, err := c.activation()
	if err == nil {
		err = c.supported("groups", 1)
	}
	return layers.Conv2D{Filters: c.int("filters"), Kernel: c.size("kernel_size"), Strides: c.size("strides"), Dilation: c.size("dilation_rate"),
		Same: c.string("padding") == "same", NoBias: !c.bool("use_bias"), Activation: a}, err
}

func convertBatchNorm(c Config, inputs [][]int) (layers.Layer, error) {
	return layers.BatchNormalization{Momentum: c.float("momentum"), Epsilon: c.float("epsilon"), NoScale: !c.bool("scale"), NoCenter: !c.bool("center")},
		errors.Join(c.positive("momentum"), c.positive("epsilon"), c.lastAxis(inputs))
}

func (c Config) int(key string) int          { n, _ := c[key].(int); return n }
func (c Config) float(key string) float64    { f, _ := c[key].(float64); return f }
func (c Config) bool(key string) bool        { b, _ := c[key].(bool); return b }
func (c Config) string(key string) string    { s, _ := c[key].(string); return s }
func (c Config) size(key string) layers.Size { s, _ := c[key].([2]int); return s }

// activation is the function after a layer, of those that tflab has.
func (c Config) activation() (layers.Activation, error) {
	switch v := c["activation"].(type) {
	case string:
		if a := layers.Activation(v); a.Known() {
			return a, nil
		}
	case Object:
		if err := v.Config.supported("max_value", nil, "negative_slope", 0.0, "threshold", 0.0); v.Class == "ReLU" && err == nil {
			return layers.ReLU, nil
		}
		if v.Class == "Softmax" && v.Config.lastAxis(nil) == nil {
			return layers.Softmax, nil
		}
		return "", fmt.Errorf("activation: the layer %s is not supported: want the name of a function", v.Class)
	}
	return "", fmt.Errorf("activation: %v is not supported: want one of %v", c["activation"], layers.Activations())
}

// supported sees that settings, given as key, value, key, value, have the only
// value that is supported.
func (c Config) supported(want ...any) error {
	for i := 0; i < len(want); i += 2 {
		key := want[i].(string)
		if c[key] != want[i+1] {
			return fmt.Errorf("%s: %v is not supported: want %s", key, show(c[key]), show(want[i+1]))
		}
	}
	return nil
}

func (c Config) positive(key string) error {
	if !(c.float(key) > 0) {
		return fmt.Errorf("%s: %g: want more than 0", key, c.float(key))
	}
	return nil
}

// lastAxis sees that a layer works on the channels.
func (c Config) lastAxis(inputs [][]int) error {
	axis, _ := c["axis"].([]int)
	if len(axis) == 1 && (axis[0] == -1 || len(inputs) == 1 && axis[0] == len(inputs[0])) {
		return nil
	}
	return fmt.Errorf("axis: %v is not supported: want -1, the channels", axis)
}

// usual sees to the settings that all layers with weights have.
func (c Config) usual() error {
	for _, weight := range []string{"kernel", "bias", "depthwise", "pointwise", "gamma", "beta"} {
		for _, what := range []string{"_regularizer", "_constraint"} {
			if o, set := c[weight+what].(Object); set && !o.idle() {
				return fmt.Errorf("%s: %s is not supported: want null", weight+what, o.Class)
			}
		}
	}
	return nil
}

// idle says whether a regularizer adds nothing.
func (o Object) idle() bool {
	switch o.Class {
	case "L1", "L2", "L1L2":
		return o.Config.float("l1") == 0 && o.Config.float("l2") == 0
	}
	return false
}

var buildable = regexp.MustCompile(`^[A-Za-z0-9.][A-Za-z0-9_.\-]*$`)

// checkName sees that a name can be that of operations.
func checkName(name string) error {
	if !buildable.MatchString(name) {
		return fmt.Errorf("the name %.60q is not supported: want letters, digits, dots, dashes and underscores", name)
	}
	return nil
}
