package keras

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// dict is a JSON object. Its keys are written in alphabetical order; Keras reads them
// in any order.
type dict = map[string]any

// encodeModel returns the JSON of a model as Keras 3.8 writes it. Keras 3.15 reads it
// too.
func encodeModel(m *Model) ([]byte, error) {
	a, err := assemble(m)
	if err != nil {
		return nil, err
	}
	e := &describer{outputs: a.outputs}
	top := e.model(m)
	if m.Compile != nil {
		top["compile_config"] = e.compile(m.Compile)
	}
	return json.Marshal(top)
}

// describer encodes models and layers for JSON.
type describer struct {
	outputs map[*Model]map[Ref][]int // shapes of the outputs of calls, without the batch
}

func (e *describer) model(m *Model) dict {
	config := dict{"name": m.Name, "trainable": true}
	input := dict{"module": "keras.layers", "class_name": "InputLayer", "registered_name": nil,
		"config": dict{"batch_shape": batch(m.Shape), "dtype": "float32", "sparse": false, "name": m.Input.Layer}}
	sequential := m.Class == "Sequential"
	if !sequential {
		input["name"], input["inbound_nodes"] = m.Input.Layer, []any{}
	}
	all := []dict{input}
	for _, l := range m.Layers {
		d := e.layer(l)
		if !sequential {
			d["name"], d["inbound_nodes"] = l.Name, e.calls(m, l)
		}
		all = append(all, d)
	}
	config["layers"] = all
	if sequential {
		config["dtype"], config["build_input_shape"] = precision(), batch(m.Shape)
		return dict{"module": "keras", "class_name": "Sequential", "config": config, "registered_name": nil, "build_config": dict{"input_shape": batch(m.Shape)}}
	}
	config["input_layers"] = []any{[]any{m.Input.Layer, 0, 0}}
	config["output_layers"] = []any{[]any{m.Output.Layer, m.Output.Call, 0}}
	return dict{"module": "keras.src.models.functional", "class_name": "Functional", "config": config, "registered_name": "Functional", "build_config": dict{"input_shape": nil}}
}

func batch(shape []int) []any {
	all := []any{nil}
	for _, d := range shape {
		all = append(all, d)
	}
	return all
}

func precision() dict {
	return dict{"module": "keras", "class_name": "DTypePolicy", "config": dict{"name": "float32"}, "registered_name": nil}
}

func (e *describer) layer(l Layer) dict {
	if l.Model != nil {
		d := e.model(l.Model)
		d["config"].(dict)["name"] = l.Name
		return d
	}
	config := encodeConfig(l.Class, l.Config)
	config["name"], config["trainable"], config["dtype"] = l.Name, !l.Frozen, precision()
	if l.Class == "SpatialDropout2D" {
		delete(config, "trainable") // the constructor of the class refuses the key
	}
	return dict{"module": "keras.layers", "class_name": l.Class, "config": config, "registered_name": nil}
}

// calls returns the inbound_nodes of a layer.
func (e *describer) calls(m *Model, l Layer) []dict {
	all := []dict{}
	for _, call := range l.Calls {
		tensors := []any{}
		for _, r := range call {
			tensors = append(tensors, dict{"class_name": "__keras_tensor__",
				"config": dict{"shape": batch(e.outputs[m][r]), "dtype": "float32", "keras_history": []any{r.Layer, r.Call, 0}}})
		}
		args := tensors
		if merges(l.Class) {
			args = []any{tensors} // a single argument, which is a list
		}
		all = append(all, dict{"args": args, "kwargs": dict{}})
	}
	return all
}

// merges reports whether a layer takes a list of tensors.
func merges(class string) bool {
	return slices.Contains([]string{"Add", "Subtract", "Multiply", "Average", "Maximum", "Concatenate"}, class)
}

// encodeConfig returns the settings that Keras 3.8 knows.
func encodeConfig(class string, c Config) dict {
	d := dict{}
	for key, v := range c {
		if !foreign(class, key) {
			d[key] = encodeValue(key, v)
		}
	}
	return d
}

// foreign reports whether Keras 3.8 refuses or does not write a setting, which is one
// of Keras 2 or 3.15.
func foreign(class, key string) bool {
	switch key {
	case "quantization_config", "renorm", "renorm_clipping", "renorm_momentum", "input_axes", "output_axes", "jit_compile", "is_legacy_optimizer", "decay", "fn":
		return true
	case "kernel_initializer", "kernel_regularizer", "kernel_constraint":
		return class == "SeparableConv2D"
	case "groups":
		return class != "Conv2D"
	case "noise_shape":
		return class == "SpatialDropout2D"
	case "alpha": // has only one supported value, and Keras 3.8 does not write it
		return class == "ELU"
	case "axis": // Keras 3.15's
		return class == "SparseCategoricalCrossentropy"
	case "data_format":
		return class == "RandomFlip"
	}
	return false
}

func encodeValue(key string, v any) any {
	switch v := v.(type) {
	case Object:
		return encodeObject(moduleOf(key), v)
	case []int:
		if key == "axis" && len(v) == 1 {
			return v[0]
		}
	case float64:
		return decimal(v)
	case []float64:
		if strings.HasSuffix(key, "_factor") && len(v) == 1 {
			return decimal(v[0])
		}
		all := make([]any, len(v))
		for i, f := range v {
			all[i] = decimal(f)
		}
		return all
	}
	return v
}

// decimal formats a number such that Python reads it as a float: 0.0 instead of 0.
func decimal(f float64) json.Number {
	text := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return json.Number(text)
}

func moduleOf(key string) string {
	switch {
	case key == "activation":
		return "keras.layers"
	case key == "learning_rate":
		return "keras.optimizers.schedules"
	}
	return fmt.Sprintf("keras.%ss", key[strings.LastIndexByte(key, '_')+1:])
}

func encodeObject(module string, o Object) dict {
	return dict{"module": module, "class_name": o.Class, "config": encodeConfig(o.Class, o.Config), "registered_name": nil}
}

func (e *describer) compile(c *Compile) dict {
	d := dict{"optimizer": nil, "loss": nil, "loss_weights": nil, "metrics": c.Metrics,
		"weighted_metrics": nil, "run_eagerly": false, "steps_per_execution": 1, "jit_compile": false}
	if c.Optimizer.Class != "" {
		d["optimizer"] = encodeObject("keras.optimizers", c.Optimizer)
	}
	switch {
	case c.Loss.Class == "":
	case c.Loss.Config.bool("from_logits"), c.Loss.Config.float("label_smoothing") != 0:
		d["loss"] = encodeObject("keras.losses", c.Loss)
	default:
		d["loss"] = snakeCase(c.Loss.Class) // the name by which Keras writes a loss without settings
	}
	return d
}
