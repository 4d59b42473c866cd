package comparison

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/graphs/npy"
)

func compare(t *testing.T, a, b run) *Result {
	t.Helper()
	r, err := Compare("title", a.open(t, "Keras"), b.open(t, "tflab"), Tolerance{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerdict(t *testing.T) {
	tests := []struct {
		name    string
		b       run
		verdict string // prefix of the verdict
	}{
		{"the same", measured(), "identical within the tolerance over 2 epochs: losses differ by at most 0 of their size"},
		{"a loss within", with(map[string]any{"loss": []float64{1.5, 0.50004}}), "identical within the tolerance over 2 epochs: losses differ by at most 8.0e-05"},
		{"a loss beyond", with(map[string]any{"loss": []float64{1.5, 0.5001}}),
			"they part at epoch 2: loss is 0.5 with Keras and 0.5001 with tflab, a relative difference of 2.0e-04 (tolerance 0.0001)"},
		{"an accuracy within", with(map[string]any{"val_accuracy": []float64{0.627, 0.875}}),
			"identical within the tolerance over 2 epochs: losses differ by at most 0 of their size (tolerance 0.0001), accuracies by at most 2 in 1,000"},
		{"an accuracy beyond", with(map[string]any{"val_accuracy": []float64{0.6275, 0.875}}),
			"they part at epoch 1: val_accuracy is 0.625 with Keras and 0.6275 with tflab, a difference of 2.5 in 1,000"},
		{"the first of several", with(map[string]any{"val_loss": []float64{1, 2}, "accuracy": []float64{0.5, 1}}), "they part at epoch 2: accuracy is 0.75"},
		{"no number", with(map[string]any{"val_loss": []any{nil, 0.25}}), "they part at epoch 1: val_loss is 1 with Keras and NaN with tflab"},
		{"the test set alone", with(map[string]any{"test": map[string]float64{"loss": 0.6, "accuracy": 0.8}}), "they part on the test set: test_loss is 0.5"},
		{"fewer epochs", with(map[string]any{"loss": []float64{1.5}, "accuracy": []float64{0.5}, "val_loss": []float64{1}, "val_accuracy": []float64{0.625}}),
			"they part at epoch 2: Keras has 2 epochs, tflab has 1; up to there they are identical"},
		{"fewer and other epochs", with(map[string]any{"loss": []float64{1.6}, "accuracy": []float64{0.5}, "val_loss": []float64{1}, "val_accuracy": []float64{0.625}}),
			"they part at epoch 1: loss is 1.5 with Keras and 1.6 with tflab"},
	}
	for _, tt := range tests {
		r := compare(t, measured(), tt.b)
		if !strings.HasPrefix(r.Verdict, tt.verdict) {
			t.Errorf("%s: got %q, want %q", tt.name, r.Verdict, tt.verdict)
		}
		if want := strings.HasPrefix(tt.verdict, "identical"); r.Identical != want {
			t.Errorf("%s: identical is %t, want %t", tt.name, r.Identical, want)
		}
	}
}

func TestBothWithoutANumberAreTheSame(t *testing.T) {
	diverged := with(map[string]any{"loss": []any{1.5, nil}, "accuracy": []any{0.5, nil}})
	if r := compare(t, diverged, diverged); !r.Identical {
		t.Errorf("got %q", r.Verdict)
	}
}

func TestToleranceIsTheCallers(t *testing.T) {
	a, b := measured().open(t, "a"), with(map[string]any{"loss": []float64{1.5, 0.55}, "accuracy": []float64{0.5, 0.5}}).open(t, "b")
	for _, tt := range []struct {
		tolerance Tolerance
		identical bool
	}{{Tolerance{Loss: 0.1, Accuracy: 0.25}, true}, {Tolerance{Loss: 0.09, Accuracy: 0.25}, false}, {Tolerance{Loss: 0.1, Accuracy: 0.24}, false}} {
		r, err := Compare("", a, b, tt.tolerance)
		if err != nil {
			t.Fatal(err)
		}
		if r.Identical != tt.identical {
			t.Errorf("%+v: identical is %t, want %t: %s", tt.tolerance, r.Identical, tt.identical, r.Verdict)
		}
	}
}

func TestWeightsByLayer(t *testing.T) {
	b := changed(func(r *run) {
		r.weights[0].Array = npy.New([]int{1, 1, 1, 2}, []float32{-3, 2.5})
		r.weights[1].Array = npy.New([]int{2}, []float32{0.25, 1})
		r.weights[2], r.weights[1] = r.weights[1], r.weights[2] // the order in the file does not matter
	})
	r := compare(t, measured(), b)
	want := []Layer{{Layer: "conv2d", Difference: 0.5, Largest: 3}, {Layer: "dense", Difference: 0, Largest: 4}}
	if diff := cmp.Diff(want, r.Weights); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	spoilt := compare(t, measured(), changed(func(r *run) {
		r.weights[2].Array = npy.New([]int{2, 2}, []float32{1, 2, 3, float32(math.NaN())})
	}))
	if d := float64(spoilt.Weights[1].Difference); !math.IsNaN(d) {
		t.Errorf("a weight that is no number makes a difference of %v", d)
	}
}

func TestPredictions(t *testing.T) {
	b := changed(func(r *run) { r.predictions = npy.New([]int{3, 2}, []float32{0.25, 0.75, 0.5, 0.5, 0.125, 0.875}) })
	want := &Predictions{Examples: 3, Different: []int{0}, Difference: 0.5}
	if diff := cmp.Diff(want, compare(t, measured(), b).Predictions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNotCompared(t *testing.T) {
	tests := []struct {
		name string
		b    run
		want []string
	}{
		{"nothing", measured(), nil},
		{"validation", with(map[string]any{"val_loss": nil, "val_accuracy": nil}), []string{"val_loss: tflab lacks it", "val_accuracy: tflab lacks it"}},
		{"all but the history", changed(func(r *run) { r.weights, r.predictions, r.config, r.timing = nil, nil, "", "" }),
			[]string{"final weights: tflab lacks it", "predictions of the test set: tflab lacks it"}},
		{"the test set", with(map[string]any{"test": nil}), []string{"test_loss: tflab lacks it", "test_accuracy: tflab lacks it"}},
		{"a layer", changed(func(r *run) { r.weights = r.weights[:2] }), []string{"final weights: tflab has no dense/kernel, which Keras has"}},
		{"another layer", changed(func(r *run) {
			r.weights = append(r.weights, npy.Entry{Name: "dense_1/bias", Array: npy.New([]int{1}, []float32{1})})
		}),
			[]string{"final weights: Keras has no dense_1/bias, which tflab has"}},
		{"a shape", changed(func(r *run) { r.weights[1].Array = npy.New([]int{1}, []float32{1}) }),
			[]string{"final weights: conv2d/bias has shape [2] with Keras, and [1] with tflab"}},
		{"another test set", changed(func(r *run) { r.predictions = npy.New([]int{1, 2}, []float32{1, 0}) }),
			[]string{"predictions of the test set: the array has shape [3 2] with Keras, and [1 2] with tflab"}},
	}
	for _, tt := range tests {
		r := compare(t, measured(), tt.b)
		if diff := cmp.Diff(tt.want, r.NotCompared); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if !r.Identical {
			t.Errorf("%s: what both have is the same, yet %s", tt.name, r.Verdict)
		}
	}
}

func TestCompareRefuses(t *testing.T) {
	other := changed(func(r *run) { r.config = `{"network": "cifar10-cnn"}` }).open(t, "other")
	if _, err := Compare("", measured().open(t, "a"), other, Tolerance{}); err == nil || !strings.Contains(err.Error(), "want two runs of one network") {
		t.Errorf("two networks: got %v", err)
	}
	losses := changed(func(r *run) { r.history = `{"loss": [1]}` }).open(t, "losses")
	accuracies := changed(func(r *run) { r.history = `{"accuracy": [1]}` }).open(t, "accuracies")
	if _, err := Compare("", losses, accuracies, Tolerance{}); err == nil || !strings.Contains(err.Error(), "no column in common") {
		t.Errorf("nothing in common: got %v", err)
	}
}
