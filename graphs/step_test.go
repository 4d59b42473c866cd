package graphs_test

import (
	"math"
	"slices"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/optim"
)

// compile compiles the perceptron with known weights and ten digits.
func compile(t *testing.T, o graphs.Options) *graphs.Program {
	t.Helper()
	p, err := graphs.Compile(perceptron{}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	if err := p.SetWeights(someNumbers().entries()); err != nil {
		t.Fatal(err)
	}
	for _, st := range []*graphs.Stage{p.Training, p.Inference} {
		if st == nil {
			continue
		}
		if err := st.Load(tenDigits()); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// The first update of each optimizer, from state 0, with an independently computed
// gradient.
func TestTrainingStep(t *testing.T) {
	tests := []struct {
		name      string
		optimizer optim.Optimizer
		rule      func(w, g float64) float64
	}{
		{"SGD", optim.SGD(0.1, optim.Momentum{}), func(w, g float64) float64 { return w - 0.1*g }},
		{"SGD with momentum", optim.SGD(0.1, optim.Momentum{Rate: 0.9}), func(w, g float64) float64 { return w - 0.1*g }},
		{"SGD with Nesterov's momentum", optim.SGD(0.1, optim.Momentum{Rate: 0.9, Nesterov: true}), func(w, g float64) float64 { return w - 0.1*g*(1+0.9) }},
		{"RMSprop", optim.RMSprop(0.001), func(w, g float64) float64 { return w - 0.001*g/math.Sqrt(0.1*g*g+1e-7) }},
		{"RMSprop of Keras 2", optim.Keras2RMSprop(0.001), func(w, g float64) float64 { return w - 0.001*g/(math.Sqrt(0.1*g*g)+1e-7) }},
		{"Adadelta", optim.Adadelta(1), func(w, g float64) float64 { return w - math.Sqrt(1e-7)*g/math.Sqrt(0.05*g*g+1e-7) }},
		{"Adam", optim.Adam(0.001), func(w, g float64) float64 {
			return w - 0.001*math.Sqrt(1-0.999)/(1-0.9)*0.1*g/(math.Sqrt(0.001*g*g)+1e-7)
		}},
	}
	batch := []int32{0, 1, 2, 3, 4, 5, 6, 7}
	sums, gradient := someNumbers().pass(tenDigits(), batch)
	checkGradient(t, gradient)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := compile(t, graphs.Options{Optimizer: tt.optimizer})
			begin(t, p.Training, batch, len(batch))
			step(t, p.Training, len(batch))
			checkSums(t, p.Training, sums)
			checkWeights(t, p, someNumbers().moved(gradient, tt.rule))
		})
	}
}

// checkGradient checks that the gradient of every weight is not zero: a hidden unit
// that is never active would hide an error.
func checkGradient(t *testing.T, gradient numbers) {
	t.Helper()
	for i, g := range gradient {
		for j, v := range g {
			if math.Abs(v) < 1e-4 {
				t.Fatalf("gradient of number %d of weight %d is %v: too small to show an error", j, i, v)
			}
		}
	}
}

// Ten examples in batches of four, out of order, twice: the last batch is used and
// weighted by its size, and the rate falls with each batch.
func TestUnevenLastBatch(t *testing.T) {
	const rate, decay = 0.5, 0.25
	p := compile(t, graphs.Options{Optimizer: optim.SGD(rate, optim.Momentum{}), Schedule: optim.InverseTimeDecay(decay)})
	order := []int32{7, 2, 9, 0, 4, 4, 8, 1, 6, 3}
	w, done := someNumbers(), 0.0
	for range 2 {
		begin(t, p.Training, order, 4)
		var want graphs.Sums
		for _, batch := range [][]int32{order[:4], order[4:8], order[8:]} {
			sums, gradient := w.pass(tenDigits(), batch)
			lr := rate / (1 + decay*done)
			w = w.moved(gradient, func(w, g float64) float64 { return w - lr*g })
			want.Loss, want.Correct = want.Loss+sums.Loss, want.Correct+sums.Correct
			done++
			step(t, p.Training, len(batch))
			checkSums(t, p.Training, want)
		}
		step(t, p.Training, 0) // the queue is empty
		checkSums(t, p.Training, want)
	}
	checkWeights(t, p, w)
	if got, err := p.LearningRate(); err != nil || math.Abs(got-rate/(1+decay*6)) > 1e-9 {
		t.Errorf("learning rate after six steps: got %v, %v, want %v", got, err, rate/(1+decay*6))
	}
}

func TestInferenceMovesNothing(t *testing.T) {
	p := compile(t, graphs.Options{Optimizer: optim.SGD(0.5, optim.Momentum{})})
	begin(t, p.Inference, nil, 4)
	for _, n := range []int{4, 4, 2, 0, 0} {
		step(t, p.Inference, n)
	}
	all := []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	sums, _ := someNumbers().pass(tenDigits(), all)
	checkSums(t, p.Inference, sums)
	checkWeights(t, p, someNumbers())

	begin(t, p.Inference, nil, 8)
	rows := 0
	for _, want := range []int{8, 2, 0} {
		probabilities, err := p.Inference.Probabilities()
		if err != nil || len(probabilities) != want*classes {
			t.Fatalf("%d probabilities, %v: want %d", len(probabilities), err, want*classes)
		}
		for row := range slices.Chunk(probabilities, classes) {
			// The example's loss is -log of the label's probability.
			sums, _ := someNumbers().pass(tenDigits(), all[rows:rows+1])
			if loss := -math.Log(float64(row[tenDigits().labels[rows]])); math.Abs(loss-sums.Loss) > 1e-5 {
				t.Errorf("example %d: probabilities %v make a loss of %v, want %v", rows, row, loss, sums.Loss)
			}
			rows++
		}
	}
	checkSums(t, p.Inference, sums)
}

func TestSumsGoOnFromWhatBeginIsGiven(t *testing.T) {
	p := compile(t, graphs.Options{})
	if err := p.Inference.Begin([]int32{5}, 1, graphs.Sums{Loss: 100, Correct: 7}); err != nil {
		t.Fatal(err)
	}
	step(t, p.Inference, 1)
	sums, _ := someNumbers().pass(tenDigits(), []int32{5})
	checkSums(t, p.Inference, graphs.Sums{Loss: 100 + sums.Loss, Correct: 7 + sums.Correct})
}

func begin(t *testing.T, st *graphs.Stage, order []int32, batch int) {
	t.Helper()
	if err := st.Begin(order, batch, graphs.Sums{}); err != nil {
		t.Fatal(err)
	}
}

func step(t *testing.T, st *graphs.Stage, want int) {
	t.Helper()
	if n, err := st.Step(); err != nil || n != want {
		t.Fatalf("step of %d examples, %v: want %d", n, err, want)
	}
}

// Losses of magnitude 1 to 10 in float32.
func checkSums(t *testing.T, st *graphs.Stage, want graphs.Sums) {
	t.Helper()
	got, err := st.Sums()
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.Loss-want.Loss) > 1e-5 || got.Correct != want.Correct {
		t.Errorf("sums %+v, want %+v", got, want)
	}
}

// Weights below 1 that changed by less than 1, in float32.
func checkWeights(t *testing.T, p *graphs.Program, want numbers) {
	t.Helper()
	entries, err := p.Weights()
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(want) {
		t.Fatalf("%d weights, want %d", len(entries), len(want))
	}
	for i, e := range entries {
		if name := (perceptron{}).Weights()[i].Name; e.Name != name {
			t.Errorf("weight %d is %s, want %s", i, e.Name, name)
		}
		for j, got := range e.Array.Float64() {
			if math.Abs(got-want[i][j]) > 2e-6 {
				t.Errorf("%s: number %d is %v, want %v", e.Name, j, got, want[i][j])
			}
		}
	}
}
