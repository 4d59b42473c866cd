package keras

import (
	"fmt"
	"strings"

	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
)

func scheduleFamily() family {
	rate, steps, decay := setting{"initial_learning_rate", number, required{}}, setting{"decay_steps", number, required{}}, setting{"decay_rate", number, required{}}
	staircase := setting{"staircase", flag, false}
	return family{noun: "learning-rate schedule", classes: map[string][]setting{
		"ExponentialDecay":       {rate, steps, decay, staircase},
		"InverseTimeDecay":       {rate, steps, decay, staircase},
		"PolynomialDecay":        {rate, steps, {"end_learning_rate", number, 1e-4}, {"power", number, 1.0}, {"cycle", flag, false}},
		"CosineDecay":            {rate, steps, {"alpha", number, 0.0}, {"warmup_target", orNull(number), nil}, {"warmup_steps", number, 0.0}},
		"PiecewiseConstantDecay": {{"boundaries", numbers, required{}}, {"values", numbers, required{}}},
	}}
}

// rate reads a learning rate: a number or a schedule.
func rate(v any) (any, error) {
	if _, ok := v.(map[string]any); ok {
		return scheduleFamily().read(v)
	}
	return toFloat(v)
}

// general returns the settings that all optimizers have besides the learning rate and
// those of package optim. tflab ignores them.
func general() []setting {
	return []setting{
		{"use_ema", only(false), false}, {"ema_momentum", orNull(number), 0.99}, {"ema_overwrite_frequency", anything, nil},
		{"loss_scale_factor", only(nil), nil}, {"gradient_accumulation_steps", only(nil), nil},
		{"jit_compile", anything, nil}, {"is_legacy_optimizer", flag, false},
	}
}

func optimizerFamily() family {
	none := orNull(number)
	common := func(rateDefault float64, own ...setting) []setting {
		return join(own, []setting{{"learning_rate", rate, rateDefault}, {"decay", number, 0.0},
			{"clipnorm", none, nil}, {"global_clipnorm", none, nil}, {"clipvalue", none, nil}}, general())
	}
	decay, betas := []setting{{"weight_decay", none, nil}}, []setting{{"beta_1", number, 0.9}, {"beta_2", number, 0.999}, {"epsilon", number, 1e-7}}
	adam := join([]setting{{"amsgrad", flag, false}}, betas)
	usual := func(rateDefault float64, own ...setting) []setting { return common(rateDefault, join(own, decay)...) }
	return family{noun: "optimizer", classes: map[string][]setting{
		"SGD":      usual(0.01, setting{"momentum", number, 0.0}, setting{"nesterov", flag, false}),
		"RMSprop":  usual(0.001, setting{"rho", number, 0.9}, setting{"momentum", number, 0.0}, setting{"epsilon", number, 1e-7}, setting{"centered", flag, false}),
		"Adadelta": usual(0.001, setting{"rho", number, 0.95}, setting{"epsilon", number, 1e-7}),
		"Adagrad":  usual(0.001, setting{"initial_accumulator_value", number, 0.1}, setting{"epsilon", number, 1e-7}),
		"Adam":     usual(0.001, adam...), "AdamW": common(0.001, join(adam, []setting{{"weight_decay", none, 0.004}})...),
		"Nadam": usual(0.001, betas...), "Adamax": usual(0.001, betas...),
		"Ftrl": usual(0.001, setting{"learning_rate_power", number, -0.5}, setting{"initial_accumulator_value", number, 0.1}, setting{"l1_regularization_strength", number, 0.0},
			setting{"l2_regularization_strength", number, 0.0}, setting{"l2_shrinkage_regularization_strength", number, 0.0}, setting{"beta", number, 0.0}),
	}}
}

// readOptimizer reads an optimizer that tflab can train with.
func readOptimizer(v any) (Object, error) {
	read, err := optimizerFamily().read(v)
	if err != nil {
		return Object{}, err
	}
	o := read.(Object)
	if err := train(o, &tfmodels.Recipe{}); err != nil {
		return Object{}, fmt.Errorf("%s: %w", o.Class, err)
	}
	return o, nil
}

// train sets the optimizer of a recipe.
func train(o Object, r *tfmodels.Recipe) error {
	if o.Config.bool("is_legacy_optimizer") {
		switch o.Class {
		case "RMSprop", "Adagrad", "Nadam":
			return fmt.Errorf("is_legacy_optimizer: true is not supported: the formulas of Keras 2's legacy optimizer differ from Keras 3's: want false")
		}
	}
	r.Optimizer, r.Hyperparameters = strings.ToLower(o.Class), hyperparameters(o)
	clips := 0
	for _, key := range []string{"clipnorm", "global_clipnorm", "clipvalue"} {
		if r.Hyperparameters[key] != 0 {
			clips++
		}
	}
	if clips > 1 {
		return fmt.Errorf("clipnorm, global_clipnorm and clipvalue: want one of them")
	}
	r.Decay = o.Config.float("decay")
	switch v := o.Config["learning_rate"].(type) {
	case float64:
		if r.LearningRate = shortest(v); !(v > 0) {
			return fmt.Errorf("learning_rate: %g: want more than 0", v)
		}
	case Object:
		schedule := decayOf(v)
		if err := schedule.Check(); err != nil {
			return fmt.Errorf("learning_rate: %s: %w", v.Class, err)
		}
		if r.Decay != 0 {
			return fmt.Errorf("decay: %g and the schedule %s: want only one of them", r.Decay, v.Class)
		}
		r.Schedule = &schedule
	}
	if !(r.Decay >= 0) {
		return fmt.Errorf("decay: %g: want 0 or more", r.Decay)
	}
	_, err := optim.New(r.Optimizer, optim.Settings{LearningRate: r.LearningRate, Hyperparameters: r.Hyperparameters})
	if err != nil {
		return fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "optim: "+r.Optimizer+": "))
	}
	return nil
}

// hyperparameters returns the settings that package optim has.
func hyperparameters(o Object) map[string]float64 {
	h := map[string]float64{}
	for key, v := range o.Config {
		switch v := v.(type) {
		case float64:
			h[key] = v
		case bool:
			if h[key] = 0; v {
				h[key] = 1
			}
		}
	}
	for _, s := range general() {
		delete(h, s.key)
	}
	delete(h, "learning_rate")
	delete(h, "decay")
	if o.Class == "AdamW" && o.Config["weight_decay"] == nil {
		h["weight_decay"] = 0 // the default is not 0
	}
	return h
}

// decayOf returns a schedule in the form of package optim.
func decayOf(o Object) optim.Decay {
	c := o.Config
	d := optim.Decay{Class: o.Class, InitialRate: c.float("initial_learning_rate"), DecaySteps: c.float("decay_steps"), DecayRate: c.float("decay_rate"),
		Staircase: c.bool("staircase"), EndRate: c.float("end_learning_rate"), Power: c.float("power"), Cycle: c.bool("cycle"),
		Alpha: c.float("alpha"), WarmupSteps: c.float("warmup_steps")}
	if target, set := c["warmup_target"].(float64); set {
		d.WarmupTarget = &target
	}
	d.Boundaries, _ = c["boundaries"].([]float64)
	d.Values, _ = c["values"].([]float64)
	return d
}

// scheduleOf returns a schedule in the form of Keras.
func scheduleOf(d optim.Decay) Object {
	all := Config{"initial_learning_rate": d.InitialRate, "decay_steps": d.DecaySteps, "decay_rate": d.DecayRate, "staircase": d.Staircase,
		"end_learning_rate": d.EndRate, "power": d.Power, "cycle": d.Cycle, "alpha": d.Alpha, "warmup_steps": d.WarmupSteps, "warmup_target": nil,
		"boundaries": d.Boundaries, "values": d.Values}
	if d.WarmupTarget != nil {
		all["warmup_target"] = *d.WarmupTarget
	}
	o := Object{d.Class, Config{}}
	for _, s := range scheduleFamily().classes[d.Class] {
		o.Config[s.key] = all[s.key]
	}
	return o
}
