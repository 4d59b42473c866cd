package keras

import (
	"fmt"
	"slices"
	"strings"
)

// Compile describes how a model was compiled.
type Compile struct {
	Optimizer Object // learning_rate is a float64 or the Object of a schedule; an empty class means unknown or refused
	Loss      Object // CategoricalCrossentropy or SparseCategoricalCrossentropy; an empty class means unknown or refused
	Metrics   []string
	// The reasons why tflab cannot train with these settings. BadOptimizer is about the
	// optimizer, which the user can replace. Bad is about the settings that have no
	// replacement.
	BadOptimizer, Bad error
}

// compile reads a compile_config, or the training_config of a legacy .h5. It returns
// nil for null.
func (p *parser) compile(v any) (*Compile, error) {
	if v == nil {
		return nil, nil
	}
	o, err := newObject(v)
	if err != nil || len(o.fields) == 0 {
		return nil, err
	}
	c := &Compile{}
	key, optimizer := "optimizer", o.get("optimizer")
	if legacy := o.get("optimizer_config"); legacy != nil {
		key, optimizer = "optimizer_config", withoutPackage(legacy)
	}
	if optimizer != nil { // Keras 3 omits it for a model that was once saved as .h5
		c.Optimizer, c.BadOptimizer = readOptimizer(optimizer)
		c.BadOptimizer = at(key, c.BadOptimizer)
	}
	loss, err := lossFamily().read(single(o.get("loss")))
	if c.Loss, _ = loss.(Object); err != nil {
		c.Bad = at("loss", err)
		c.Loss = Object{}
	}
	if c.Metrics, err = metricNames(o.get("metrics")); err != nil && c.Bad == nil {
		c.Bad = at("metrics", err)
	}
	for _, key := range []string{"loss_weights", "weighted_metrics"} {
		if v := o.get(key); !empty(v) && c.Bad == nil {
			c.Bad = at(key, fmt.Errorf("%s is not supported: want null", show(v)))
		}
	}
	o.skip("run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss", "pss_evaluation_shards")
	if err := o.finish(); err != nil && c.Bad == nil {
		c.Bad = err
	}
	return c, nil
}

// withoutPackage returns a legacy optimizer_config without the package in the name of
// the optimizer's class. Keras 2 registers its own optimizers in a package:
// Custom>Adam.
func withoutPackage(v any) any {
	o, _ := v.(map[string]any)
	name, _ := o["class_name"].(string)
	if own, registered := strings.CutPrefix(name, "Custom>"); registered {
		return map[string]any{"class_name": own, "config": o["config"]}
	}
	return v
}

// single returns the only element of an array or object. Keras has such arrays where a
// model may have several outputs.
func single(v any) any {
	switch all := v.(type) {
	case []any:
		if len(all) == 1 {
			return all[0]
		}
	case map[string]any:
		if _, isObject := all["class_name"]; len(all) == 1 && !isObject {
			for _, only := range all {
				return only
			}
		}
	}
	return v
}

// empty reports whether a value is null, or all its elements are null.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return !slices.ContainsFunc(v, func(v any) bool { return !empty(v) })
	case map[string]any:
		return len(v) == 0
	}
	return false
}

func lossFamily() family {
	logits := setting{"from_logits", flag, false}
	reduction := setting{"reduction", mean, "sum_over_batch_size"}
	last := setting{"axis", only(-1), -1}
	return family{
		noun: "loss",
		classes: map[string][]setting{
			"CategoricalCrossentropy":       {logits, {"label_smoothing", portion, 0.0}, last, reduction, {"fn", anything, nil}},
			"SparseCategoricalCrossentropy": {logits, {"ignore_class", only(nil), nil}, last, reduction, {"fn", anything, nil}},
		},
		functions: true,
	}
}

// mean reads the name of a mean over the examples. Without sample weights, these means
// are all the same.
func mean(v any) (any, error) {
	name, err := oneOf("sum_over_batch_size", "mean", "mean_with_sample_weight", "auto")(v)
	if name == "auto" { // Keras 2's name
		name = "sum_over_batch_size"
	}
	return name, err
}

// portion reads a number from 0 to 1.
func portion(v any) (any, error) {
	f, err := toFloat(v)
	if err == nil && !(f >= 0 && f <= 1) {
		err = fmt.Errorf("%g: want 0 to 1", f)
	}
	return f, err
}

// metricNames reads the names of metrics. tflab supports only accuracy.
func metricNames(v any) ([]string, error) {
	if inner := single(v); inner != nil {
		if _, ok := v.(map[string]any); ok { // metrics by the name of the output
			v = inner
		}
	}
	if v == nil {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var names []string
	for _, m := range list {
		if inner, ok := m.([]any); ok { // one list for each output
			more, err := metricNames(inner)
			if err != nil {
				return nil, err
			}
			names = append(names, more...)
			continue
		}
		if !isAccuracy(m) {
			return nil, fmt.Errorf("%s is not supported: want accuracy", show(m))
		}
		names = append(names, "accuracy")
	}
	return names, nil
}

// isAccuracy reports whether a metric is the share of examples whose most probable
// class is correct, under any of its names.
func isAccuracy(v any) bool {
	functions := []string{"accuracy", "acc", "Accuracy", "categorical_accuracy", "sparse_categorical_accuracy"}
	switch v := v.(type) {
	case string:
		return slices.Contains(append(functions, "CategoricalAccuracy", "SparseCategoricalAccuracy"), v)
	case map[string]any:
		class, _ := v["class_name"].(string)
		switch class {
		case "CategoricalAccuracy", "SparseCategoricalAccuracy":
			return true
		case "function":
			name, _ := v["config"].(string)
			return slices.Contains(functions[3:], name)
		case "MeanMetricWrapper": // Keras 2's class
			config, _ := v["config"].(map[string]any)
			if name, ok := config["fn"].(string); ok {
				return slices.Contains(functions[3:], name)
			}
			return isAccuracy(config["fn"])
		}
	}
	return false
}
