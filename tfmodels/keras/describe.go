package keras

import (
	"fmt"
	"maps"

	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/layers"
)

// describe returns Keras's description of a network: the one in the network's file, or
// one derived from the network's layers.
func describe(m tfmodels.Model) (*Model, error) {
	if n := networkOf(m); n != nil {
		if n.whole != nil {
			n = n.whole
		}
		return n.Model, nil
	}
	if listed, ok := m.(tfmodels.Network); ok {
		m = listed.Model
	}
	switch m := m.(type) {
	case *tfmodels.Sequential:
		return describeGraph("Sequential", m.Graph())
	case *tfmodels.Functional:
		return describeGraph("Functional", m.Graph())
	}
	return nil, fmt.Errorf("%s is a %T: want a network of layers", m.Name(), m)
}

func describeGraph(class string, g tfmodels.Graph) (*Model, error) {
	d := &Model{Name: g.Name, Class: class, Input: Ref{Layer: g.In().Layer}, Shape: g.Shape[:], Output: Ref(g.Output)}
	for _, n := range g.Nodes {
		l := Layer{Name: n.Name, Class: n.Layer.Kind()}
		var err error
		if l.Config, err = describeLayer(n.Layer); err != nil {
			return nil, fmt.Errorf("layer %q: %w", n.Name, err)
		}
		for _, call := range n.Calls {
			var refs []Ref
			for _, t := range call {
				refs = append(refs, Ref(t))
			}
			l.Calls = append(l.Calls, refs)
		}
		d.Layers = append(d.Layers, l)
	}
	return d, nil
}

// describeLayer returns the settings of a layer, with Keras's defaults for those that
// the layer does not have.
func describeLayer(layer layers.Layer) (Config, error) {
	class := layer.Kind()
	c := Config{}
	for _, s := range layerClasses()[class] {
		c[s.key] = s.value
	}
	own, err := layerSettings(layer)
	maps.Copy(c, own)
	return c, err
}

// layerSettings returns the settings that a layer has.
func layerSettings(layer layers.Layer) (Config, error) {
	switch l := layer.(type) {
	case layers.Dense:
		return Config{"units": l.Units, "use_bias": !l.NoBias, "activation": nameOf(l.Activation)}, nil
	case layers.Conv2D:
		return Config{"filters": l.Filters, "groups": max(1, l.Groups), "kernel_size": [2]int(l.Kernel), "strides": orOne(l.Strides), "dilation_rate": orOne(l.Dilation),
			"padding": padding(l.Same), "use_bias": !l.NoBias, "activation": nameOf(l.Activation)}, nil
	case layers.MaxPool2D:
		return pooling(l.Size, l.Strides, l.Same), nil
	case layers.AveragePool2D:
		return pooling(l.Size, l.Strides, l.Same), nil
	case layers.GlobalAveragePool2D:
		return Config{"keepdims": l.KeepDims}, nil
	case layers.BatchNormalization:
		c := Config{"scale": !l.NoScale, "center": !l.NoCenter}
		if l.Momentum != 0 {
			c["momentum"] = l.Momentum
		}
		if l.Epsilon != 0 {
			c["epsilon"] = l.Epsilon
		}
		return c, nil
	case layers.Dropout:
		return Config{"rate": l.Rate}, nil
	case layers.Activate:
		if l.Class == "" {
			return Config{"activation": nameOf(l.Function)}, nil
		}
		return nil, nil
	case layers.Concatenate:
		if l.Axis != 0 {
			return Config{"axis": l.Axis}, nil
		}
		return nil, nil
	case layers.DepthwiseConv2D:
		return depthwise(l), nil
	case layers.SeparableConv2D:
		c := depthwise(l.DepthwiseConv2D)
		c["filters"] = l.Filters
		return c, nil
	case layers.LayerNormalization:
		c := Config{"scale": !l.NoScale, "center": !l.NoCenter}
		if l.Epsilon != 0 {
			c["epsilon"] = l.Epsilon
		}
		return c, nil
	case layers.Rectifier:
		c := Config{"negative_slope": l.Slope, "threshold": l.Threshold}
		if l.Max != 0 {
			c["max_value"] = l.Max
		}
		return c, nil
	case layers.Leaky:
		return Config{"negative_slope": l.Slope}, nil
	case layers.GlobalMaxPool2D:
		return Config{"keepdims": l.KeepDims}, nil
	case layers.SpatialDropout2D:
		return Config{"rate": l.Rate}, nil
	case layers.GaussianNoise:
		return Config{"stddev": l.Deviation}, nil
	}
	return imageSettings(layer)
}

// imageSettings returns the settings of the layers that scale, crop, pad or randomly
// transform images, and of the layers without settings.
func imageSettings(layer layers.Layer) (Config, error) {
	switch l := layer.(type) {
	case layers.RandomFlip:
		mode := "horizontal_and_vertical"
		if !l.Vertical {
			mode = "horizontal"
		} else if !l.Horizontal {
			mode = "vertical"
		}
		return Config{"mode": mode}, nil
	case layers.RandomTranslation:
		c := Config{"height_factor": l.Height[:], "width_factor": l.Width[:], "fill_mode": l.Fill, "fill_value": l.Value}
		if l.Nearest {
			c["interpolation"] = "nearest"
		}
		return c, nil
	case layers.Reshape:
		return Config{"target_shape": l.Target}, nil
	case layers.ZeroPadding2D:
		return Config{"padding": [2][2]int(l.Padding)}, nil
	case layers.Cropping2D:
		return Config{"cropping": [2][2]int(l.Cropping)}, nil
	case layers.UpSampling2D:
		c := Config{"size": [2]int(l.Size)}
		if l.Bilinear {
			c["interpolation"] = "bilinear"
		}
		return c, nil
	case layers.Rescaling:
		return Config{"scale": l.Scale, "offset": l.Offset}, nil
	case layers.Flatten, layers.Add, layers.Merge:
		return nil, nil
	}
	return nil, fmt.Errorf("%s cannot be written as .keras: want another format", layer.Kind())
}

func depthwise(l layers.DepthwiseConv2D) Config {
	return Config{"kernel_size": [2]int(l.Kernel), "depth_multiplier": max(1, l.Multiplier), "strides": orOne(l.Strides), "dilation_rate": orOne(l.Dilation),
		"padding": padding(l.Same), "use_bias": !l.NoBias, "activation": nameOf(l.Activation)}
}

func nameOf(a layers.Activation) string {
	if a == "" {
		a = layers.Linear
	}
	return string(a)
}

func padding(same bool) string {
	if same {
		return "same"
	}
	return "valid"
}

func orOne(s layers.Size) [2]int {
	if s == (layers.Size{}) {
		s = layers.Square(1)
	}
	return s
}

func pooling(size, strides layers.Size, same bool) Config {
	if strides == (layers.Size{}) {
		strides = size
	}
	return Config{"pool_size": [2]int(size), "strides": [2]int(strides), "padding": padding(same)}
}
