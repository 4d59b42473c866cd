package keras

import (
	"fmt"
	"slices"
	"strings"
)

// Compile is how a model was compiled.
type Compile struct {
	Optimizer Object // its learning_rate is a float64 or the Object of a schedule; no class: not known, or refused
	Loss      Object // of class CategoricalCrossentropy or SparseCategoricalCrossentropy; no class: not known, or refused
	Metrics   []string
	// What keeps from training so: an optimizer that is not supported, in place of which
	// another one can be named, and all else, for which nothing else can stand.
	BadOptimizer, Bad error
}

// compile reads a compile_config, or the training_config of a legacy .h5; null is none.
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
	if optimizer != nil { // Keras 3 forgets it once a model was saved as .h5
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

// withoutPackage is a legacy optimizer_config with the name of the optimizer's class
// without the package that Keras 2 registers its own optimizers in: Custom>Adam.
func withoutPackage(v any) any {
	o, _ := v.(map[string]any)
	name, _ := o["class_name"].(string)
	if own, registered := strings.CutPrefix(name, "Custom>"); registered {
		return map[string]any{"class_name": own, "config": o["config"]}
	}
	return v
}

// single is the element of an array or object of one, as Keras has it where a model
// may have several outputs.
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

// empty says whether a value is null, or has no elements but null.
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

// mean reads the name of a mean over the examples. Without weights for these, all
// that there are are the same.
func mean(v any) (any, error) {
	name, err := oneOf("sum_over_batch_size", "mean", "mean_with_sample_weight", "auto")(v)
	if name == "auto" { // of Keras 2
		name = "sum_over_batch_size"
	}
	return name, err
}

// portion reads a number of 0 to 1.
func portion(v any) (any, error) {
	f, err := toFloat(v)
	if err == nil && !(f >= 0 && f <= 1) {
		err = fmt.Errorf("%g: want 0 to 1", f)
	}
	return f, err
}

// metricNames reads the names of metrics, of which tflab has accuracy.
func metricNames(v any) ([]string, error) {
	if inner := single(v); inner != nil {
		if _, ok := v.(map[string]any); ok { // by the name of the output
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

// isAccuracy says whether a metric is the share of examples whose most probable class
// is the right one, whatever name it has been given.
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
		case "MeanMetricWrapper": // of Keras 2
			config, _ := v["config"].(map[string]any)
			if name, ok := config["fn"].(string); ok {
				return slices.Contains(functions[3:], name)
			}
			return isAccuracy(config["fn"])
		}
	}
	return false
}
