package fit

import (
	"errors"
	"math"
	"testing"

	"github.com/tflab/tflab/graphs/optim"
)

func TestStopOnNaN(t *testing.T) {
	p := compile(t, optim.SGD(math.Inf(1), optim.Momentum{})) // overflows at once
	h, err := Fit(t.Context(), p, shades(10), Config{Epochs: 5, BatchSize: 2}, StopOnNaN())
	if !errors.Is(err, ErrNaN) {
		t.Fatalf("got %v, want ErrNaN", err)
	}
	last := h.Epochs[len(h.Epochs)-1].Training.Loss
	if len(h.Epochs) == 5 || !(math.IsNaN(last) || math.IsInf(last, 0)) {
		t.Errorf("%d epochs, the last with a loss of %v: want it to be the first that is no number", len(h.Epochs), last)
	}
}

func TestEarlyStopping(t *testing.T) {
	nan := math.NaN()
	tests := []struct {
		name     string
		patience int
		losses   []float64
		want     int // epochs until it stops; 0 for never
	}{
		{"falling", 2, []float64{5, 4, 3, 2, 1}, 0},
		{"one worse, then better", 2, []float64{5, 6, 4, 5, 3}, 0},
		{"two worse", 2, []float64{5, 6, 7, 1}, 3},
		{"better than before, not than the best", 2, []float64{5, 7, 6, 1}, 3},
		{"equal is not better", 1, []float64{5, 5, 1}, 2},
		{"no number is not better", 2, []float64{5, nan, nan, 1}, 3},
		{"the wait begins anew", 2, []float64{5, 6, 4, 5, 5, 1}, 5},
	}
	for _, tt := range tests {
		for _, validated := range []bool{false, true} {
			stop, r := EarlyStopping(Stopping{Patience: tt.patience}), &Run{}
			for i, loss := range tt.losses {
				e := Epoch{Epoch: i, Training: Score{Loss: loss}}
				if validated { // the training loss is then ignored
					e = Epoch{Epoch: i, Training: Score{Loss: float64(-i)}, Validation: &Score{Loss: loss}}
				}
				r.History.Epochs = append(r.History.Epochs, e)
				if err := stop.EpochEnd(r); err != nil {
					t.Fatal(err)
				}
				if stopped := tt.want == i+1; r.stopped != stopped {
					t.Errorf("%s, validation %t: after epoch %d stopped is %t, want %t", tt.name, validated, i+1, r.stopped, stopped)
				}
				if r.stopped {
					break
				}
			}
		}
	}
}

func TestEarlyStoppingEndsARun(t *testing.T) {
	h, err := Fit(t.Context(), compile(t, still()), shades(10), Config{Epochs: 50, BatchSize: 10, InOrder: true}, EarlyStopping(Stopping{Patience: 3}))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Epochs) != 4 { // the first epoch stays the best
		t.Errorf("%d epochs, want 4", len(h.Epochs))
	}
}

// TestACallbackServesTwoRuns uses an optimizer that changes nothing: state left from
// the first run would stop the second one early, or reduce its rate.
func TestACallbackServesTwoRuns(t *testing.T) {
	stop, slow := EarlyStopping(Stopping{Patience: 3, RestoreBest: true}), ReduceLROnPlateau(Plateau{Patience: 2})
	for run := range 2 {
		p := compile(t, optim.SGD(1e-30, optim.Momentum{})) // too small a rate for float32
		h, err := Fit(t.Context(), p, shades(10), Config{Epochs: 50, BatchSize: 10, InOrder: true}, stop, slow)
		if err != nil {
			t.Fatal(err)
		}
		if len(h.Epochs) != 4 {
			t.Fatalf("run %d: %d epochs, want 4", run+1, len(h.Epochs))
		}
		if before, after := h.Epochs[0].LearningRate, h.Epochs[1].LearningRate; after != before {
			t.Errorf("run %d: the learning rate is %g in the second epoch, want %g", run+1, after, before)
		}
	}
}
