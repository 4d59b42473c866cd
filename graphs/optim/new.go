package optim

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Settings are the settings of New besides the name. Zero values mean Keras's defaults.
type Settings struct {
	LearningRate float64
	Semantics    Semantics
	// Hyperparameters are settings by Keras's names, such as "beta_1" or "clipnorm".
	// Missing ones have Keras's default. Values that are true or false in Keras are 1
	// or 0; None is 0.
	Hyperparameters map[string]float64
}

// New returns Keras's optimizer of the given name, with Keras's defaults for all
// missing settings.
func New(name string, s Settings) (Optimizer, error) {
	if s.Semantics == "" {
		s.Semantics = Keras3
	}
	if s.Semantics != Keras3 && s.Semantics != Keras2 {
		return nil, fmt.Errorf("optim: unknown semantics %q: want %s or %s", s.Semantics, Keras3, Keras2)
	}
	if !(s.LearningRate >= 0) || math.IsInf(s.LearningRate, 1) { // NaN is not >= 0
		return nil, fmt.Errorf("optim: learning rate %g: want a positive number", s.LearningRate)
	}
	name = strings.ToLower(name)
	c, ok := classes(s.Semantics)[name]
	if !ok {
		return nil, fmt.Errorf("optim: unknown optimizer %q: want one of %s", name, strings.Join(Names(), ", "))
	}
	h, err := c.hyperparameters(s.Hyperparameters)
	if err != nil {
		return nil, fmt.Errorf("optim: %s: %w", name, err)
	}
	if s.LearningRate == 0 {
		s.LearningRate = c.rate
	}
	return extend(c.make(s.LearningRate, h), h), nil
}

// Names returns the names of the optimizers that New supports.
func Names() []string { return slices.Sorted(maps.Keys(classes(Keras3))) }

// class is a class of Keras.
type class struct {
	rate       float64 // Keras's default
	parameters []parameter
	make       func(rate float64, h values) Optimizer
}

// values holds all hyperparameters by Keras's names.
type values map[string]float64

// parameter is a hyperparameter with Keras's default and its valid values.
type parameter struct {
	name  string
	value float64
	valid validity
}

type validity int

const (
	share       validity = iota // 0 to 1
	notNegative                 // 0 or more
	notPositive                 // 0 or less
	yesNo                       // 0 or 1
)

func (v validity) holds(x float64) bool {
	switch v {
	case share:
		return x >= 0 && x <= 1
	case notPositive:
		return x <= 0 && !math.IsInf(x, 0)
	case yesNo:
		return x == 0 || x == 1
	}
	return x >= 0 && !math.IsInf(x, 0)
}

func (v validity) String() string {
	return [...]string{"a number from 0 to 1", "0 or more", "0 or less", "0 (off) or 1 (on)"}[v]
}

// classes returns the optimizers by Keras's names in lower case.
func classes(semantics Semantics) map[string]class {
	epsilon := parameter{"epsilon", 1e-7, notNegative}
	betas := []parameter{{"beta_1", 0.9, share}, {"beta_2", 0.999, share}, epsilon}
	accumulator := parameter{"initial_accumulator_value", 0.1, notNegative}
	adamParameters := append([]parameter{{"amsgrad", 0, yesNo}}, betas...)
	all := map[string]class{
		"sgd":      {0.01, []parameter{{"momentum", 0, share}, {"nesterov", 0, yesNo}}, newSGD},
		"rmsprop":  {0.001, []parameter{{"rho", 0.9, share}, {"momentum", 0, share}, epsilon, {"centered", 0, yesNo}}, newRMSprop},
		"adadelta": {0.001, []parameter{{"rho", 0.95, share}, epsilon}, newAdadelta},
		"adam":     {0.001, adamParameters, newAdam("adam")},
		"adamw":    {0.001, append([]parameter{{"weight_decay", 0.004, notNegative}}, adamParameters...), newAdam("adamw")},
		"nadam":    {0.001, betas, newNadam},
		"adamax":   {0.001, betas, newAdamax},
		"adagrad":  {0.001, []parameter{accumulator, epsilon}, newAdagrad},
		"ftrl": {0.001, []parameter{{"learning_rate_power", -0.5, notPositive}, accumulator, {"l1_regularization_strength", 0, notNegative},
			{"l2_regularization_strength", 0, notNegative}, {"l2_shrinkage_regularization_strength", 0, notNegative}, {"beta", 0, notNegative}}, newFtrl},
	}
	if semantics == Keras2 {
		all["rmsprop"] = class{0.001, []parameter{{"rho", 0.9, share}, epsilon}, newKeras2RMSprop}
		c := all["adadelta"]
		c.rate = 1
		all["adadelta"] = c
	}
	return all
}

// hyperparameters adds Keras's defaults to the given values.
func (c class) hyperparameters(given map[string]float64) (values, error) {
	h := values{}
	var known []string
	for _, p := range append(c.parameters, extensions()...) {
		if slices.Contains(known, p.name) { // AdamW has its own weight decay
			continue
		}
		known = append(known, p.name)
		h[p.name] = p.value
		if v, ok := given[p.name]; ok {
			h[p.name] = v
		}
		if v := h[p.name]; !p.valid.holds(v) {
			return nil, fmt.Errorf("%s %g: want %s", p.name, v, p.valid)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		// A hyperparameter that is off may be absent: Keras 2's RMSprop has no
		// momentum.
		if !slices.Contains(known, name) && given[name] != 0 {
			return nil, fmt.Errorf("no hyperparameter %q: want one of %s", name, strings.Join(known, ", "))
		}
	}
	return h, nil
}

// of returns the hyperparameters of these names, and those of others that are not 0.
func (h values) of(names []string, others ...string) map[string]float64 {
	all := map[string]float64{}
	for _, name := range names {
		all[name] = h[name]
	}
	for _, name := range others {
		if h[name] != 0 {
			all[name] = h[name]
		}
	}
	return all
}
