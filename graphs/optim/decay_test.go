package optim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs/optim"
)

// TestDecay compares schedules, in Go and in a graph, with Keras's formulas written out
// for a few steps.
func TestDecay(t *testing.T) {
	target := 0.4
	cosine := func(share float64) float64 { return 0.9*(1+math.Cos(math.Pi*share))/2 + 0.1 }
	tests := []struct {
		name  string
		decay optim.Decay
		rates map[int64]float64 // by the number of steps done
	}{
		{"exponential", optim.Decay{Class: "ExponentialDecay", InitialRate: 0.1, DecaySteps: 4, DecayRate: 0.5},
			map[int64]float64{0: 0.1, 2: 0.1 * math.Sqrt(0.5), 4: 0.05, 40: 0.1 / 1024}},
		{"staircase", optim.Decay{Class: "ExponentialDecay", InitialRate: 0.1, DecaySteps: 4, DecayRate: 0.5, Staircase: true},
			map[int64]float64{0: 0.1, 3: 0.1, 4: 0.05, 7: 0.05, 8: 0.025}},
		{"inverse time", optim.Decay{Class: "InverseTimeDecay", InitialRate: 0.1, DecaySteps: 4, DecayRate: 0.5},
			map[int64]float64{0: 0.1, 2: 0.08, 4: 0.1 / 1.5, 8: 0.05}},
		{"inverse staircase", optim.Decay{Class: "InverseTimeDecay", InitialRate: 0.1, DecaySteps: 4, DecayRate: 0.5, Staircase: true},
			map[int64]float64{3: 0.1, 4: 0.1 / 1.5, 7: 0.1 / 1.5}},
		{"polynomial", optim.Decay{Class: "PolynomialDecay", InitialRate: 0.1, DecaySteps: 4, EndRate: 0.02, Power: 2},
			map[int64]float64{0: 0.1, 2: 0.08*0.25 + 0.02, 4: 0.02, 99: 0.02}},
		{"cycle", optim.Decay{Class: "PolynomialDecay", InitialRate: 0.1, DecaySteps: 4, EndRate: 0.02, Power: 1, Cycle: true},
			map[int64]float64{0: 0.1, 2: 0.06, 4: 0.02, 5: 0.08*3/8 + 0.02, 8: 0.02, 9: 0.08*3/12 + 0.02}},
		{"cosine", optim.Decay{Class: "CosineDecay", InitialRate: 0.2, DecaySteps: 4, Alpha: 0.1},
			map[int64]float64{0: 0.2, 1: 0.2 * cosine(0.25), 2: 0.2 * cosine(0.5), 4: 0.02, 99: 0.02}},
		{"warm-up", optim.Decay{Class: "CosineDecay", InitialRate: 0, DecaySteps: 4, Alpha: 0.1, WarmupTarget: &target, WarmupSteps: 2},
			map[int64]float64{0: 0, 1: 0.2, 2: 0.4, 3: 0.4 * cosine(0.25), 6: 0.04, 99: 0.04}},
		{"no warm-up steps", optim.Decay{Class: "CosineDecay", InitialRate: 0.1, DecaySteps: 4, WarmupTarget: &target},
			map[int64]float64{0: 0.4, 2: 0.2}},
		{"pieces", optim.Decay{Class: "PiecewiseConstantDecay", Boundaries: []float64{1, 3.7}, Values: []float64{0.3, 0.2, 0.1}},
			map[int64]float64{0: 0.3, 1: 0.3, 2: 0.2, 3: 0.2, 4: 0.1, 99: 0.1}},
	}
	for _, tt := range tests {
		if err := tt.decay.Check(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		for done, want := range tt.rates {
			if got := tt.decay.At(7, done); !(math.Abs(got-want) <= 1e-12) {
				t.Errorf("%s: At(%d) is %v, want %v", tt.name, done, got, want)
			}
			if got := rateInGraph(t, tt.decay, 7, done); !(math.Abs(got-want) <= 1e-6*want+1e-8) {
				t.Errorf("%s: Rate(%d) is %v, want %v", tt.name, done, got, want)
			}
		}
	}
}

func TestDecayCheck(t *testing.T) {
	for want, d := range map[string]optim.Decay{
		`unknown learning-rate schedule "Decay": want one of CosineDecay,`: {Class: "Decay", DecaySteps: 1},
		"decay_steps: 0: want more than 0":                                 {Class: "CosineDecay"},
		"initial_learning_rate: -1: want 0 or more":                        {Class: "CosineDecay", DecaySteps: 1, InitialRate: -1},
		"NaN: want finite numbers":                                         {Class: "CosineDecay", DecaySteps: math.NaN()},
		"2 boundaries and 2 values":                                        {Class: "PiecewiseConstantDecay", Boundaries: []float64{1, 2}, Values: []float64{1, 2}},
		"boundaries: want numbers in ascending order":                      {Class: "PiecewiseConstantDecay", Boundaries: []float64{2, 1}, Values: []float64{1, 2, 3}},
	} {
		if err := d.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", d, err, want)
		}
	}
}
