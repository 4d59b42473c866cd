package fit

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tflab/tflab/graphs/optim"
)

func TestFitLearns(t *testing.T) {
	p := compile(t, optim.Adam(0.1))
	h, err := Fit(t.Context(), p, shades(100), Config{Epochs: 20, BatchSize: 8, Validation: shades(300), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Epochs) != 20 {
		t.Fatalf("%d epochs, want 20", len(h.Epochs))
	}
	first, last := h.Epochs[0], h.Epochs[19]
	if !(last.Training.Loss < first.Training.Loss/2) || !(last.Training.Accuracy > 0.95) {
		t.Errorf("training went from %+v to %+v: want half the loss, and 95 %%", first.Training, last.Training)
	}
	if !(last.Validation.Loss < first.Validation.Loss/2) || !(last.Validation.Accuracy > 0.95) {
		t.Errorf("validation went from %+v to %+v: want half the loss, and 95 %%", *first.Validation, *last.Validation)
	}
	for i, e := range h.Epochs {
		if e.Epoch != i || e.LearningRate != 0.1 || !(e.TrainDuration > 0) || e.Duration < e.TrainDuration {
			t.Errorf("row %d: %+v", i, e)
		}
	}
}

// A validation set of more than one inference batch, and the scores computed from the
// weights by the formula.
func TestEvaluateAndPredict(t *testing.T) {
	p := compile(t, optim.Adam(0.1))
	all := shades(600)
	if _, err := Fit(t.Context(), p, all, Config{Epochs: 2, BatchSize: 50}); err != nil {
		t.Fatal(err)
	}
	weights, err := p.Weights()
	if err != nil {
		t.Fatal(err)
	}
	loss, accuracy := meanLoss(all, weights)
	got, err := Evaluate(t.Context(), p, all)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.Loss-loss) > 1e-6 || math.Abs(got.Accuracy-accuracy) > 1e-12 {
		t.Errorf("got %+v, want loss %v and accuracy %v", got, loss, accuracy)
	}
	prediction, err := Predict(t.Context(), p, all)
	if err != nil {
		t.Fatal(err)
	}
	if prediction.Score != got {
		t.Errorf("Predict measures %+v, Evaluate %+v", prediction.Score, got)
	}
	if len(prediction.Probabilities) != 2*all.Len() {
		t.Fatalf("%d probabilities, want %d", len(prediction.Probabilities), 2*all.Len())
	}
	loss = 0
	for i, label := range all.labels {
		loss -= math.Log(float64(prediction.Probabilities[2*i+int(label)])) / float64(all.Len())
	}
	if math.Abs(got.Loss-loss) > 1e-6 {
		t.Errorf("the labels' probabilities make a loss of %v, want %v", loss, got.Loss)
	}
	if _, err := Evaluate(t.Context(), p, shades(0)); err == nil {
		t.Error("Evaluate without examples: no error")
	}
	if _, err := Predict(t.Context(), p, shades(0)); err == nil {
		t.Error("Predict without examples: no error")
	}
}

// The training scores of an epoch are means over its examples, including the last,
// smaller batch, for any batch size.
func TestTrainingScoreIsAMeanOverExamples(t *testing.T) {
	for _, batch := range []int{1, 4, 9, 10, 1000} {
		h, err := Fit(t.Context(), compile(t, still()), shades(10), Config{Epochs: 1, BatchSize: batch})
		if err != nil {
			t.Fatal(err)
		}
		// All weights are 0: two equal probabilities, and a tie goes to class 0.
		if s := h.Epochs[0].Training; math.Abs(s.Loss-math.Ln2) > 1e-6 || s.Accuracy != 0.5 {
			t.Errorf("batches of %d: got %+v, want loss ln 2 and accuracy 0.5", batch, s)
		}
	}
}

func TestTheSeedDecides(t *testing.T) {
	fit := func(seed int64) []Epoch {
		h, err := Fit(t.Context(), compile(t, optim.RMSprop(0.01)), shades(50), Config{Epochs: 3, BatchSize: 7, ValidationSplit: 0.2, ValidationRandom: true, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return h.Epochs
	}
	times := cmpopts.IgnoreFields(Epoch{}, "TrainDuration", "Duration")
	first := fit(1)
	if diff := cmp.Diff(first, fit(1), times); diff != "" {
		t.Errorf("the same seed gives another history:\n%s", diff)
	}
	if cmp.Equal(first, fit(2), times) {
		t.Error("another seed gives the same history")
	}
}

// watcher records the calls of a run, and can act at each.
type watcher struct {
	calls []string
	at    func(call string, r *Run) error
}

func (w *watcher) note(call string, r *Run) error {
	w.calls = append(w.calls, call)
	if w.at == nil {
		return nil
	}
	return w.at(call, r)
}

func (w *watcher) Begin(r *Run) error    { return w.note("begin", r) }
func (w *watcher) Step(r *Run) error     { return w.note("step", r) }
func (w *watcher) EpochEnd(r *Run) error { return w.note("epoch", r) }
func (w *watcher) End(r *Run, cause error) error {
	if cause != nil {
		return w.note("end: "+cause.Error(), r)
	}
	return w.note("end", r)
}

func TestCallbacksSeeTheRun(t *testing.T) {
	var places [][2]int
	w := &watcher{at: func(call string, r *Run) error {
		if call == "step" {
			places = append(places, [2]int{r.Epoch, r.Step})
		}
		if r.Steps != 3 || r.Epochs != 2 {
			t.Errorf("%d steps in %d epochs, want 3 and 2", r.Steps, r.Epochs)
		}
		return nil
	}}
	if _, err := Fit(t.Context(), compile(t, still()), shades(10), Config{Epochs: 2, BatchSize: 4}, w); err != nil {
		t.Fatal(err)
	}
	if want := []string{"begin", "step", "step", "step", "epoch", "step", "step", "step", "epoch", "end"}; !slices.Equal(w.calls, want) {
		t.Errorf("calls %v, want %v", w.calls, want)
	}
	if want := [][2]int{{0, 1}, {0, 2}, {0, 3}, {1, 1}, {1, 2}, {1, 3}}; !slices.Equal(places, want) {
		t.Errorf("epochs and steps %v, want %v", places, want)
	}
}

func TestCancelInTheMiddleOfAnEpoch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := &watcher{at: func(call string, r *Run) error {
		if r.Epoch == 1 && r.Step == 2 {
			cancel()
		}
		return nil
	}}
	h, err := Fit(ctx, compile(t, still()), shades(10), Config{Epochs: 5, BatchSize: 2}, w)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "epoch 2") {
		t.Errorf("got %v, want that epoch 2 was cancelled", err)
	}
	if len(h.Epochs) != 1 {
		t.Errorf("%d epochs in the history, want the one that was finished", len(h.Epochs))
	}
	want := []string{"begin", "step", "step", "step", "step", "step", "epoch", "step", "step"}
	if n := len(want); len(w.calls) != n+1 || !slices.Equal(w.calls[:n], want) || !strings.HasPrefix(w.calls[n], "end: ") {
		t.Errorf("calls %v, want %v and the end with its cause", w.calls, want)
	}
}

func TestCancelBeforeValidation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := &watcher{at: func(_ string, r *Run) error {
		if r.Step == r.Steps {
			cancel()
		}
		return nil
	}}
	h, err := Fit(ctx, compile(t, still()), shades(10), Config{Epochs: 2, BatchSize: 5, ValidationSplit: 0.5}, w)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "validation") {
		t.Errorf("got %v, want that the validation was cancelled", err)
	}
	if len(h.Epochs) != 0 {
		t.Errorf("%d epochs in the history, want none: the first was not finished", len(h.Epochs))
	}
	if _, err := Evaluate(ctx, compile(t, nil), shades(10)); !errors.Is(err, context.Canceled) {
		t.Errorf("Evaluate: got %v, want that it was cancelled", err)
	}
	if _, err := Predict(ctx, compile(t, nil), shades(10)); !errors.Is(err, context.Canceled) {
		t.Errorf("Predict: got %v, want that it was cancelled", err)
	}
}

func TestACallbacksErrorEndsTheRun(t *testing.T) {
	broken := errors.New("disk full")
	for _, at := range []string{"begin", "step", "epoch", "end"} {
		w := &watcher{at: func(call string, _ *Run) error {
			if call == at {
				return broken
			}
			return nil
		}}
		after := &watcher{}
		h, err := Fit(t.Context(), compile(t, still()), shades(4), Config{Epochs: 3, BatchSize: 4}, w, after)
		if !errors.Is(err, broken) {
			t.Errorf("error at %s: got %v", at, err)
		}
		if want := map[string]int{"begin": 0, "step": 0, "epoch": 1, "end": 3}[at]; len(h.Epochs) != want {
			t.Errorf("error at %s: %d epochs, want %d", at, len(h.Epochs), want)
		}
		if n := len(after.calls); n == 0 || !strings.HasPrefix(after.calls[n-1], "end") {
			t.Errorf("error at %s: the next callback saw %v, want it to see the end", at, after.calls)
		}
	}
}
