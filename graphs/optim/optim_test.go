package optim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/graphs/optim"
)

func TestNewHasKerasDefaults(t *testing.T) {
	tests := []struct {
		name      string
		settings  optim.Settings
		want      string
		rate      float64
		slots     []string // their names
		parameter map[string]float64
	}{
		{"rmsprop", optim.Settings{}, "rmsprop", 0.001, []string{"velocity", "momentum"}, map[string]float64{"rho": 0.9, "momentum": 0, "epsilon": 1e-7}},
		{"RMSprop", optim.Settings{LearningRate: 1e-4}, "rmsprop", 1e-4, []string{"velocity", "momentum"}, map[string]float64{"rho": 0.9, "momentum": 0, "epsilon": 1e-7}},
		{"rmsprop", optim.Settings{Semantics: optim.Keras2}, "rmsprop", 0.001, []string{"velocity"}, map[string]float64{"rho": 0.9, "momentum": 0, "epsilon": 1e-7}},
		{"adadelta", optim.Settings{Semantics: optim.Keras3}, "adadelta", 0.001, []string{"accumulated_grad", "accumulated_delta_var"}, map[string]float64{"rho": 0.95, "epsilon": 1e-7}},
		{"adadelta", optim.Settings{Semantics: optim.Keras2}, "adadelta", 1, []string{"accumulated_grad", "accumulated_delta_var"}, map[string]float64{"rho": 0.95, "epsilon": 1e-7}},
		{"adadelta", optim.Settings{LearningRate: 0.5, Semantics: optim.Keras2}, "adadelta", 0.5, []string{"accumulated_grad", "accumulated_delta_var"}, map[string]float64{"rho": 0.95, "epsilon": 1e-7}},
		{"sgd", optim.Settings{}, "sgd", 0.01, nil, map[string]float64{"momentum": 0, "nesterov": 0}},
		{"adam", optim.Settings{}, "adam", 0.001, []string{"momentum", "velocity"}, map[string]float64{"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}},
	}
	for _, tt := range tests {
		o, err := optim.New(tt.name, tt.settings)
		if err != nil {
			t.Errorf("New(%q, %+v): %v", tt.name, tt.settings, err)
			continue
		}
		if o.Name() != tt.want || o.LearningRate() != tt.rate {
			t.Errorf("New(%q, %+v): got %s at %g, want %s at %g", tt.name, tt.settings, o.Name(), o.LearningRate(), tt.want, tt.rate)
		}
		if diff := cmp.Diff(tt.slots, slotNames(o)); diff != "" {
			t.Errorf("New(%q, %+v): slots (-want +got):\n%s", tt.name, tt.settings, diff)
		}
		if diff := cmp.Diff(tt.parameter, o.Hyperparameters()); diff != "" {
			t.Errorf("New(%q, %+v): hyperparameters (-want +got):\n%s", tt.name, tt.settings, diff)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name     string
		settings optim.Settings
		want     string
	}{
		{"lion", optim.Settings{}, `unknown optimizer "lion": want one of adadelta, adagrad, adam, adamax, adamw, ftrl, nadam, rmsprop, sgd`},
		{"", optim.Settings{}, `unknown optimizer ""`},
		{"sgd", optim.Settings{Semantics: "keras4"}, `unknown semantics "keras4": want keras3 or keras2`},
		{"sgd", optim.Settings{LearningRate: -1}, "learning rate -1"},
		{"sgd", optim.Settings{LearningRate: math.NaN()}, "learning rate NaN"},
		{"sgd", optim.Settings{LearningRate: math.Inf(1)}, "learning rate +Inf"},
		{"sgd", optim.Settings{Hyperparameters: map[string]float64{"rho": 0.9}}, `sgd: no hyperparameter "rho": want one of momentum, nesterov, weight_decay,`},
		{"adam", optim.Settings{Hyperparameters: map[string]float64{"beta_1": 2}}, "adam: beta_1 2: want a number from 0 to 1"},
		{"adam", optim.Settings{Hyperparameters: map[string]float64{"amsgrad": 0.5}}, "adam: amsgrad 0.5: want 0 (off) or 1 (on)"},
		{"ftrl", optim.Settings{Hyperparameters: map[string]float64{"learning_rate_power": 1}}, "ftrl: learning_rate_power 1: want 0 or less"},
		{"sgd", optim.Settings{Hyperparameters: map[string]float64{"clipnorm": math.NaN()}}, "sgd: clipnorm NaN: want 0 or more"},
		{"rmsprop", optim.Settings{Semantics: optim.Keras2, Hyperparameters: map[string]float64{"centered": 1}}, `rmsprop: no hyperparameter "centered"`},
	}
	for _, tt := range tests {
		o, err := optim.New(tt.name, tt.settings)
		if err == nil {
			t.Errorf("New(%q, %+v): got %v, want an error", tt.name, tt.settings, o)
		} else if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("New(%q, %+v): got %q, want %q in it", tt.name, tt.settings, err, tt.want)
		}
	}
}

func slotNames(o optim.Optimizer) []string {
	var names []string
	for _, s := range o.Slots() {
		names = append(names, s.Name)
	}
	return names
}
