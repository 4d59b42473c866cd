package keras

import (
	"errors"
	"fmt"
	"maps"
	"regexp"

	"github.com/tflab/tflab/tfmodels/layers"
)

// converter makes a tflab layer from a Keras layer.
type converter func(c Config, inputs [][]int) (layers.Layer, error)

// converters returns the converters of the layers that tflab can build. Settings that a
// converter does not use have the same value in all files that can be read, or are
// checked by supported.
func converters() map[string]converter {
	all := map[string]converter{
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
			return layers.Rectifier{Max: c.float("max_value"), Slope: c.float("negative_slope"), Threshold: c.float("threshold")}, c.checkReLU()
		},
		"LeakyReLU": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.Leaky{Slope: c.float("negative_slope")}, nil
		},
		"ELU": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.Activate{Function: layers.ELU, Class: "ELU"}, c.supported("alpha", 1.0)
		},
		"Softmax": func(c Config, inputs [][]int) (layers.Layer, error) {
			return layers.Activate{Function: layers.Softmax, Class: "Softmax"}, c.lastAxis(inputs)
		},
		"DepthwiseConv2D": func(c Config, _ [][]int) (layers.Layer, error) { return convertDepthwise(c) },
		"SeparableConv2D": func(c Config, _ [][]int) (layers.Layer, error) {
			d, err := convertDepthwise(c)
			return layers.SeparableConv2D{Filters: c.int("filters"), DepthwiseConv2D: d}, err
		},
		"LayerNormalization": func(c Config, inputs [][]int) (layers.Layer, error) {
			return layers.LayerNormalization{Epsilon: c.float("epsilon"), NoScale: !c.bool("scale"), NoCenter: !c.bool("center")},
				errors.Join(c.positive("epsilon"), c.lastAxis(inputs))
		},
		"GlobalMaxPooling2D": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.GlobalMaxPool2D{KeepDims: c.bool("keepdims")}, nil
		},
		"SpatialDropout2D": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.SpatialDropout2D{Rate: c.float("rate")}, nil
		},
		"GaussianNoise": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.GaussianNoise{Deviation: c.float("stddev")}, nil
		},
	}
	maps.Copy(all, imageConverters())
	return all
}

// imageConverters returns the converters of the layers that scale, crop, pad or
// randomly transform images, and of the layers that merge.
func imageConverters() map[string]converter {
	return map[string]converter{
		"RandomFlip": func(c Config, _ [][]int) (layers.Layer, error) {
			mode := c.string("mode")
			return layers.RandomFlip{Horizontal: mode != "vertical", Vertical: mode != "horizontal"}, nil
		},
		"RandomTranslation": func(c Config, _ [][]int) (layers.Layer, error) {
			height, err := c.factor("height_factor")
			width, err2 := c.factor("width_factor")
			return layers.RandomTranslation{Height: height, Width: width, Fill: c.string("fill_mode"), Value: c.float("fill_value"),
				Nearest: c.string("interpolation") == "nearest"}, errors.Join(err, err2)
		},
		"Reshape": func(c Config, _ [][]int) (layers.Layer, error) {
			target, _ := c["target_shape"].([]int)
			return layers.Reshape{Target: target}, nil
		},
		"ZeroPadding2D": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.ZeroPadding2D{Padding: c.edges("padding")}, nil
		},
		"Cropping2D": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.Cropping2D{Cropping: c.edges("cropping")}, nil
		},
		"UpSampling2D": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.UpSampling2D{Size: c.size("size"), Bilinear: c.string("interpolation") == "bilinear"}, nil
		},
		"Rescaling": func(c Config, _ [][]int) (layers.Layer, error) {
			return layers.Rescaling{Scale: c.float("scale"), Offset: c.float("offset")}, nil
		},
		"Subtract":    func(Config, [][]int) (layers.Layer, error) { return layers.Merge{By: "Subtract"}, nil },
		"Multiply":    func(Config, [][]int) (layers.Layer, error) { return layers.Merge{By: "Multiply"}, nil },
		"Average":     func(Config, [][]int) (layers.Layer, error) { return layers.Merge{By: "Average"}, nil },
		"Maximum":     func(Config, [][]int) (layers.Layer, error) { return layers.Merge{By: "Maximum"}, nil },
		"Add":         func(Config, [][]int) (layers.Layer, error) { return layers.Add{}, nil },
		"Concatenate": func(c Config, _ [][]int) (layers.Layer, error) { return layers.Concatenate{Axis: c.int("axis")}, nil },
	}
}

func convertConv2D(c Config, _ [][]int) (layers.Layer, error) {
	a, err := c.activation()
	return layers.Conv2D{Filters: c.int("filters"), Groups: c.int("groups"), Kernel: c.size("kernel_size"), Strides: c.size("strides"), Dilation: c.size("dilation_rate"),
		Same: c.string("padding") == "same", NoBias: !c.bool("use_bias"), Activation: a}, err
}

func convertDepthwise(c Config) (layers.DepthwiseConv2D, error) {
	a, err := c.activation()
	return layers.DepthwiseConv2D{Kernel: c.size("kernel_size"), Multiplier: c.int("depth_multiplier"), Strides: c.size("strides"), Dilation: c.size("dilation_rate"),
		Same: c.string("padding") == "same", NoBias: !c.bool("use_bias"), Activation: a}, err
}

// checkReLU returns an error if Keras would not accept the arguments of a ReLU.
func (c Config) checkReLU() error {
	if top, set := c["max_value"].(float64); set && top <= 0 {
		return fmt.Errorf("max_value: %g is not supported: want more than 0", top)
	}
	if c.float("negative_slope") < 0 || c.float("threshold") < 0 {
		return fmt.Errorf("negative_slope: %g, threshold: %g: want 0 or more", c.float("negative_slope"), c.float("threshold"))
	}
	return nil
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

func (c Config) edges(key string) layers.Edges { e, _ := c[key].([2][2]int); return e }

// factor returns a range. A single number x stands for -x to x.
func (c Config) factor(key string) ([2]float64, error) {
	f, _ := c[key].([]float64)
	switch len(f) {
	case 1:
		return [2]float64{-f[0], f[0]}, nil
	case 2:
		return [2]float64{f[0], f[1]}, nil
	}
	return [2]float64{}, fmt.Errorf("%s: %v: want one number or two", key, f)
}

// activation returns the activation function of a layer.
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

// supported checks settings that have only one supported value, given as key, value,
// key, value.
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

// lastAxis checks that the axis of a layer is that of the channels.
func (c Config) lastAxis(inputs [][]int) error {
	axis, _ := c["axis"].([]int)
	if len(axis) == 1 && (axis[0] == -1 || len(inputs) == 1 && axis[0] == len(inputs[0])) {
		return nil
	}
	return fmt.Errorf("axis: %v is not supported: want -1, the channels", axis)
}

var buildable = regexp.MustCompile(`^[A-Za-z0-9.][A-Za-z0-9_.\-]*$`)

// checkName checks that a name is valid as part of an operation's name.
func checkName(name string) error {
	if !buildable.MatchString(name) {
		return fmt.Errorf("the name %.60q is not supported: want letters, digits, dots, dashes and underscores", name)
	}
	return nil
}
