package keras

import "fmt"

// Compile is how a model was compiled.
type Compile struct {
	Optimizer Object // its learning_rate is a float64 or the Object of a schedule; no class: not known
	Loss      Object // of class CategoricalCrossentropy or SparseCategoricalCrossentropy
	Metrics   []string
}

func scheduleFamily() family {
	rate, steps, decay := setting{"initial_learning_rate", number, required{}}, setting{"decay_steps", number, required{}}, setting{"decay_rate", number, required{}}
	staircase := setting{"staircase", flag, false}
	return family{noun: "learning-rate schedule", classes: map[string][]setting{
		"ExponentialDecay":       {rate, steps, decay, staircase},
		"InverseTimeDecay":       {rate, steps, decay, staircase},
		"PolynomialDecay":        {rate, steps, {"end_learning_rate", number, 1e-4}, {"power", number, 1.0}, {"cycle", flag, false}},
		"CosineDecay":            {rate, steps, {"alpha", number, 0.0}, {"warmup_target", only(nil), nil}, {"warmup_steps", only(0), 0}},
		"PiecewiseConstantDecay": {{"boundaries", numbers, required{}}, {"values", numbers, required{}}},
	}}
}

// rate reads a learning rate, a number or a schedule.
func rate(v any) (any, error) {
	if _, ok := v.(map[string]any); ok {
		return scheduleFamily().read(v)
	}
	return toFloat(v)
}

func optimizerFamily() family {
	common := func(rateDefault float64, own ...setting) []setting {
		none := orNull(number)
		return append(own,
			setting{"learning_rate", rate, rateDefault}, setting{"weight_decay", none, nil}, setting{"clipnorm", none, nil}, setting{"global_clipnorm", none, nil}, setting{"clipvalue", none, nil},
			setting{"use_ema", only(false), false}, setting{"ema_momentum", orNull(number), 0.99}, setting{"ema_overwrite_frequency", anything, nil},
			setting{"loss_scale_factor", only(nil), nil}, setting{"gradient_accumulation_steps", only(nil), nil},
			setting{"jit_compile", anything, nil}, setting{"is_legacy_optimizer", anything, nil})
	}
	betas := []setting{{"beta_1", number, 0.9}, {"beta_2", number, 0.999}, {"epsilon", number, 1e-7}}
	adam := append([]setting{{"amsgrad", flag, false}}, betas...)
	return family{noun: "optimizer", classes: map[string][]setting{
		"SGD":      common(0.01, setting{"momentum", number, 0.0}, setting{"nesterov", flag, false}),
		"RMSprop":  common(0.001, setting{"rho", number, 0.9}, setting{"momentum", number, 0.0}, setting{"epsilon", number, 1e-7}, setting{"centered", flag, false}),
		"Adadelta": common(0.001, setting{"rho", number, 0.95}, setting{"epsilon", number, 1e-7}),
		"Adagrad":  common(0.001, setting{"initial_accumulator_value", number, 0.1}, setting{"epsilon", number, 1e-7}),
		"Adam":     common(0.001, adam...), "AdamW": common(0.001, adam...),
		"Nadam": common(0.001, betas...), "Adamax": common(0.001, betas...),
		"Ftrl": common(0.001, setting{"learning_rate_power", number, -0.5}, setting{"initial_accumulator_value", number, 0.1}, setting{"l1_regularization_strength", number, 0.0},
			setting{"l2_regularization_strength", number, 0.0}, setting{"l2_shrinkage_regularization_strength", number, 0.0}, setting{"beta", number, 0.0}),
	}}
}

func lossFamily() family {
	logits := setting{"from_logits", flag, false}
	reduction := setting{"reduction", oneOf("sum_over_batch_size", "auto"), "sum_over_batch_size"}
	return family{
		noun: "loss",
		classes: map[string][]setting{
			"CategoricalCrossentropy":       {logits, {"label_smoothing", number, 0.0}, {"axis", axes, []int{-1}}, reduction, {"fn", anything, nil}},
			"SparseCategoricalCrossentropy": {logits, {"ignore_class", only(nil), nil}, {"axis", axes, []int{-1}}, reduction, {"fn", anything, nil}},
		},
	}
}

// compile reads a compile_config; null is none.
func (p *parser) compile(v any) (*Compile, error) {
	if v == nil {
		return nil, nil
	}
	o, err := newObject(v)
	if err != nil || len(o.fields) == 0 {
		return nil, err
	}
	c := &Compile{}
	if o.get("optimizer") != nil { // Keras 3 forgets it once a model was saved as .h5
		if c.Optimizer, err = readObject(optimizerFamily(), o, "optimizer"); err != nil {
			return nil, err
		}
	}
	if c.Loss, err = readObject(lossFamily(), o, "loss"); err != nil {
		return nil, err
	}
	if c.Metrics, err = metricNames(o.get("metrics")); err != nil {
		return nil, at("metrics", err)
	}
	for _, key := range []string{"loss_weights", "weighted_metrics"} {
		if v := o.get(key); v != nil {
			return nil, at(key, fmt.Errorf("%s is not supported: want null", show(v)))
		}
	}
	o.skip("run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss", "pss_evaluation_shards")
	return c, o.finish()
}

func readObject(f family, o *object, key string) (Object, error) {
	v, err := f.read(o.get(key))
	if err != nil {
		return Object{}, at(key, err)
	}
	return v.(Object), nil
}

// metricNames reads the names of metrics, of which tflab has accuracy.
func metricNames(v any) ([]string, error) {
	if v == nil {
		return nil, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%s: want an array", show(v))
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
		if o, ok := m.(map[string]any); ok {
			config, _ := o["config"].(map[string]any)
			m = config["name"]
		}
		switch m {
		case "accuracy", "acc", "categorical_accuracy", "sparse_categorical_accuracy":
			names = append(names, "accuracy")
		default:
			return nil, fmt.Errorf("%s is not supported: want accuracy", show(m))
		}
	}
	return names, nil
}
