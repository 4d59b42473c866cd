package optim_test

import (
	"math"
	"testing"

	"github.com/tflab/tflab/graphs/optim"
)

// rule updates one number by its gradient, in float64: the formula of a paper, with its
// state in the closure. lr is the rate of the step, t counts from 1.
type rule func(w, g, lr, t float64) float64

// maker returns a rule whose state is 0.
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

// by returns an optimizer by its name, with hyperparameters.
func by(t *testing.T, name string, rate float64, h map[string]float64) optim.Optimizer {
	t.Helper()
	o, err := optim.New(name, optim.Settings{LearningRate: rate, Hyperparameters: h})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func amsgradRule() rule {
	m, v, most := 0.0, 0.0, 0.0
	return func(w, g, lr, t float64) float64 {
		m, v = 0.9*m+0.1*g, 0.5*v+0.5*g*g
		most = max(most, v)
		return w - lr*math.Sqrt(1-math.Pow(0.5, t))/(1-math.Pow(0.9, t))*m/(math.Sqrt(most)+1e-7)
	}
}

func centeredRule() rule {
	mg, ms, mom := 0.0, 0.0, 0.0
	return func(w, g, lr, _ float64) float64 {
		mg, ms = 0.9*mg+0.1*g, 0.9*ms+0.1*g*g
		mom = 0.5*mom + lr*g/math.Sqrt(ms-mg*mg+1e-3)
		return w - mom
	}
}

func adamaxRule() rule {
	m, u := 0.0, 0.0
	return func(w, g, lr, t float64) float64 {
		m, u = 0.9*m+0.1*g, max(0.999*u, math.Abs(g))
		return w - lr/(1-math.Pow(0.9, t))*m/(u+1e-7)
	}
}

func nadamRule() rule {
	m, v, product := 0.0, 0.0, 1.0
	u := func(t float64) float64 { return 0.9 * (1 - 0.5*math.Pow(0.96, t)) }
	return func(w, g, lr, t float64) float64 {
		m, v, product = 0.9*m+0.1*g, 0.999*v+0.001*g*g, product*u(t)
		ahead := u(t+1)*m/(1-product*u(t+1)) + (1-u(t))*g/(1-product)
		return w - lr*ahead/(math.Sqrt(v/(1-math.Pow(0.999, t)))+1e-7)
	}
}

func adagradRule() rule {
	a := 0.1
	return func(w, g, lr, _ float64) float64 {
		a += g * g
		return w - lr*g/math.Sqrt(a+1e-7)
	}
}

func ftrlRule() rule {
	a, z := 0.1, 0.0
	return func(w, g, lr, _ float64) float64 {
		next := a + g*g
		z += g + 2*0.02*w - (math.Sqrt(next)-math.Sqrt(a))/lr*w
		a = next
		return (min(max(z, -0.01), 0.01) - z) / (math.Sqrt(a)/lr + 2*(0.03+0.04/(2*lr)))
	}
}

// decayedRule decays a number before the update.
func decayedRule(m maker, decay float64) maker {
	return func() rule {
		r := m()
		return func(w, g, lr, t float64) float64 { return r(w-w*decay*lr, g, lr, t) }
	}
}

// clippedRule limits the magnitude of each gradient.
func clippedRule(m maker, limit float64) maker {
	return func() rule {
		r := m()
		return func(w, g, lr, t float64) float64 { return r(w, min(max(g, -limit), limit), lr, t) }
	}
}

func TestOptimizersFollowTheirFormulas(t *testing.T) {
	// Ordinary numbers, one whose gradient is tiny compared to epsilon, a large one,
	// one whose gradient is always 0, and one with a single gradient followed by zeros.
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
		{"Adam with amsgrad", by(t, "adam", 0.01, map[string]float64{"amsgrad": 1, "beta_2": 0.5}), 0, amsgradRule},
		{"AdamW", by(t, "adamw", 0.01, nil), 0, decayedRule(adamRule, 0.004)},
		{"centered RMSprop with momentum", by(t, "rmsprop", 0.01, map[string]float64{"centered": 1, "momentum": 0.5, "epsilon": 1e-3}), 0, centeredRule},
		{"Adamax", by(t, "adamax", 0.001, nil), 0, adamaxRule},
		{"Nadam", by(t, "nadam", 0.001, nil), 0, nadamRule},
		{"Adagrad", by(t, "adagrad", 0.01, nil), 0, adagradRule},
		{"Ftrl", by(t, "ftrl", 0.1, map[string]float64{"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.03,
			"l2_shrinkage_regularization_strength": 0.02, "beta": 0.04}), 0, ftrlRule},
		{"SGD with weight decay", by(t, "sgd", 0.1, map[string]float64{"weight_decay": 0.5}), 0.5, decayedRule(sgdRule(0, false), 0.5)},
		{"SGD with clipped numbers", by(t, "sgd", 0.1, map[string]float64{"clipvalue": 0.25}), 0, clippedRule(sgdRule(0, false), 0.25)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := descend(t, tt.optimizer, optim.InverseTimeDecay(tt.decay), initial, gradients)
			check(t, initial, got, tt.rule.sequence(initial, gradients, tt.optimizer.LearningRate(), tt.decay))
		})
	}
}

// sequence applies the rule to each number independently.
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
