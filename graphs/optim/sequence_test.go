package optim_test

import (
	"math"
	"testing"

	"github.com/tflab/tflab/graphs/optim"
)

// rule moves one number by its gradient, in float64: the formula of a paper,
// with its state kept in the closure. lr is the rate of the step, t counts from 1.
type rule func(w, g, lr, t float64) float64

// maker makes a rule whose state is 0.
type maker func() rule

func rmspropRule(denominator func(ms float64) float64) maker {
	return func() rule {
		ms := 0.0
		return func(w, g, lr, _ float64) float64 {
			ms = 0.9*ms + 0.1*g*g
			return w - lr*g/denominator(ms)
		}
	}
}

func adadeltaRule() rule {
	ag, ad := 0.0, 0.0
	return func(w, g, lr, _ float64) float64 {
		ag = 0.95*ag + 0.05*g*g
		d := -math.Sqrt(ad+1e-7) * g / math.Sqrt(ag+1e-7)
		ad = 0.95*ad + 0.05*d*d
		return w + lr*d
	}
}

func adamRule() rule {
	m, v := 0.0, 0.0
	return func(w, g, lr, t float64) float64 {
		m, v = 0.9*m+0.1*g, 0.999*v+0.001*g*g
		rate := lr * math.Sqrt(1-math.Pow(0.999, t)) / (1 - math.Pow(0.9, t))
		return w - rate*m/(math.Sqrt(v)+1e-7)
	}
}

func sgdRule(momentum float64, nesterov bool) maker {
	return func() rule {
		v := 0.0
		return func(w, g, lr, _ float64) float64 {
			v = momentum*v - lr*g
			if nesterov {
				return w + momentum*v - lr*g
			}
			return w + v
		}
	}
}

func TestOptimizersFollowTheirFormulas(t *testing.T) {
	// Ordinary numbers, one whose gradient is tiny beside epsilon, a large one, one
	// whose gradient is always 0, and one that gets a single gradient and then only
	// what is remembered of it.
	initial := []float32{1, -2, 1e-3, 100, 5, 0.5}
	gradients := [][]float32{
		{0.3, -0.2, 1e-6, 150, 0, 0.8},
		{-0.6, -0.1, -2e-6, 90, 0, 0},
		{0.8, 0.4, 3e-7, -400, 0, 0},
		{0.1, -0.7, 1e-7, 20, 0, 0},
		{-0.9, 0.05, 4e-6, 3, 0, 0},
		{0.2, 0.9, -1e-6, -70, 0, 0},
	}
	inside := func(ms float64) float64 { return math.Sqrt(ms + 1e-7) }
	outside := func(ms float64) float64 { return math.Sqrt(ms) + 1e-7 }
	tests := []struct {
		name      string
		optimizer optim.Optimizer
		decay     float64
		rule      maker
	}{
		{"RMSprop", optim.RMSprop(0.001), 0, rmspropRule(inside)},
		{"RMSprop with decay", optim.RMSprop(1e-4), 0.25, rmspropRule(inside)},
		{"RMSprop of Keras 2", optim.Keras2RMSprop(0.001), 0, rmspropRule(outside)},
		{"Adadelta", optim.Adadelta(0.001), 0, adadeltaRule},
		{"Adadelta of Keras 2", optim.Adadelta(1), 0, adadeltaRule},
		{"SGD", optim.SGD(0.01, optim.Momentum{}), 0, sgdRule(0, false)},
		{"SGD with decay", optim.SGD(0.1, optim.Momentum{}), 0.5, sgdRule(0, false)},
		{"SGD with momentum", optim.SGD(0.01, optim.Momentum{Rate: 0.9}), 0, sgdRule(0.9, false)},
		{"SGD with Nesterov's momentum", optim.SGD(0.01, optim.Momentum{Rate: 0.9, Nesterov: true}), 0, sgdRule(0.9, true)},
		{"Adam", optim.Adam(0.001), 0, adamRule},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := descend(t, tt.optimizer, optim.InverseTimeDecay(tt.decay), initial, gradients)
			check(t, initial, got, tt.rule.sequence(initial, gradients, tt.optimizer.LearningRate(), tt.decay))
		})
	}
}

// sequence applies the rule to each of the numbers for itself.
func (m maker) sequence(initial []float32, gradients [][]float32, lr, decay float64) [][]float64 {
	all := make([][]float64, len(gradients))
	for i := range initial {
		w, step := float64(initial[i]), m()
		for n, g := range gradients {
			w = step(w, float64(g[i]), lr/(1+decay*float64(n)), float64(n+1))
			all[n] = append(all[n], w)
		}
	}
	return all
}

// check compares weights after each step with float64's. The kernels compute in
// float32: an error of some units in the weight's last place each step, and one
// relative to how far the weight has moved. The latter is 1e-4 because Adam
// takes 1-0.999^t, 0.001 at first, of numbers that are known to 6e-8.
func check(t *testing.T, initial []float32, got [][]float32, want [][]float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d steps, want %d", len(got), len(want))
	}
	const place, relative = 1.2e-7, 1e-4
	for i := range want[0] {
		moved, before := 0.0, want[0][i]
		for n := range want {
			g, w := float64(got[n][i]), want[n][i]
			if n == 0 {
				before = float64(initial[i])
			}
			moved += math.Abs(w - before)
			before = w
			if tolerance := place*float64(n+1)*math.Abs(w) + relative*moved; !(math.Abs(g-w) <= tolerance) {
				t.Errorf("number %d after step %d: got %v, want %v within %.2g", i, n+1, g, w, tolerance)
			}
		}
	}
}
