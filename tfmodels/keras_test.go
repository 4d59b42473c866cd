package tfmodels_test

import (
	"fmt"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/optim"
)

func TestForwardPassFollowsKeras(t *testing.T) {
	for _, r := range steps(t) {
		prediction, err := fit.Predict(t.Context(), r.compile(t, graphs.Options{}), r)
		if err != nil {
			t.Fatal(err)
		}
		if r.Arrays["inference"] == nil { // Keras's loss is that of the training pass
			near(t, r.model.Name()+": loss", []float64{prediction.Score.Loss}, r.Arrays["loss"].Float64(), 1e-6, 0)
		}
		want := r.Arrays["probabilities"]
		if inference, other := r.Arrays["inference"]; other {
			want = inference
		}
		near(t, r.model.Name()+": probabilities", widened(prediction.Probabilities), want.Float64(), 1e-5, 1e-7)
	}
}

func widened(values []float32) []float64 {
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return wide
}

// With a learning rate of 1, plain gradient descent changes each weight by its
// gradient.
func TestGradientsFollowKeras(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
	for _, r := range steps(t) {
		for _, replicas := range []int{1, 3, r.Len() + 1} {
			gradientsFollowKeras(t, r, replicas)
		}
	}
}

func gradientsFollowKeras(t *testing.T, r *reference, replicas int) {
	t.Helper()
	p := r.compile(t, graphs.Options{Optimizer: optim.SGD(1, optim.Momentum{}), Replicas: replicas})
	takeStep(t, p, r)
	sums, err := p.Training.Sums()
	if err != nil {
		t.Fatal(err)
	}
	what := fmt.Sprintf("%s, %d replicas: ", r.model.Name(), replicas)
	near(t, what+"loss", []float64{sums.Loss / float64(r.Len())}, r.Arrays["loss"].Float64(), 1e-6, 0)
	for i, after := range weightsOf(t, p) {
		moved := r.weights("before/")[i].Array.Float64()
		for j, v := range after.Array.Float64() {
			moved[j] -= v
		}
		if want := r.Arrays["gradient/"+after.Name]; want != nil {
			near(t, what+"gradient of "+after.Name, moved, want.Float64(), 1e-5, 5e-7)
			continue
		}
		near(t, what+after.Name, after.Array.Float64(), r.Arrays["after/sgd/"+after.Name].Float64(), 1e-6, 1e-7) // no optimizer changes it
	}
}

func TestUpdatesFollowKeras(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
	tests := []struct {
		name      string // name of the case in the file
		optimizer optim.Optimizer
		schedule  optim.Schedule
	}{
		{"rmsprop", optim.RMSprop(0.001), nil},
		{"rmsprop-decay", optim.RMSprop(1e-4), optim.InverseTimeDecay(1e-2)},
		{"adadelta", optim.Adadelta(0.001), nil},
		{"adadelta-1", optim.Adadelta(1), nil},
		{"sgd", optim.SGD(0.01, optim.Momentum{}), nil},
		{"sgd-momentum", optim.SGD(0.01, optim.Momentum{Rate: 0.9}), nil},
		{"sgd-nesterov", optim.SGD(0.01, optim.Momentum{Rate: 0.9, Nesterov: true}), nil},
		{"adam", optim.Adam(0.001), nil},
	}
	for _, r := range steps(t) {
		for _, tt := range tests {
			t.Run(r.model.Name()+" "+tt.name, func(t *testing.T) {
				p := r.compile(t, graphs.Options{Optimizer: tt.optimizer, Schedule: tt.schedule})
				takeStep(t, p, r)
				want := r.weights("after/" + tt.name + "/")
				for i, got := range weightsOf(t, p) {
					near(t, got.Name, got.Array.Float64(), want[i].Array.Float64(), 1e-6, 2e-7)
				}
			})
		}
	}
}

// Three epochs of Keras's fit, with smaller last batches, and its evaluate.
func TestFitFollowsKeras(t *testing.T) {
	for _, replicas := range []int{1, 3} {
		fitFollowsKeras(t, replicas)
	}
}

func fitFollowsKeras(t *testing.T, replicas int) {
	t.Helper()
	r := readReference(t, "uneven.npz", [3]int{6, 5, 1})
	p := r.compile(t, graphs.Options{Optimizer: optim.SGD(0.1, optim.Momentum{}), Replicas: replicas})
	history, err := fit.Fit(t.Context(), p, r, fit.Config{Epochs: 3, BatchSize: 4, InOrder: true})
	if err != nil {
		t.Fatal(err)
	}
	var loss, accuracy []float64
	for _, e := range history.Epochs {
		loss, accuracy = append(loss, e.Training.Loss), append(accuracy, e.Training.Accuracy)
	}
	near(t, "loss", loss, r.Arrays["loss"].Float64(), 1e-6, 0)
	near(t, "accuracy", accuracy, r.Arrays["accuracy"].Float64(), 1e-6, 0)
	test, err := fit.Evaluate(t.Context(), p, r)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "test loss", []float64{test.Loss}, r.Arrays["test_loss"].Float64(), 1e-6, 0)
	near(t, "test accuracy", []float64{test.Accuracy}, r.Arrays["test_accuracy"].Float64(), 1e-6, 0)
	want := r.weights("after/")
	for i, got := range weightsOf(t, p) {
		near(t, got.Name, got.Array.Float64(), want[i].Array.Float64(), 2e-6, 2e-7)
	}
}
