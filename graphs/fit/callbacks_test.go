package fit

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
)

// kerasCases is the output of testdata/callbacks.py.
type kerasCases struct {
	Plateaus []struct {
		Factor   float64
		Patience int
		MinDelta float64 `json:"min_delta"`
		Cooldown int
		MinLR    float64 `json:"min_lr"`
		Losses   []float64
		Rates    []float32
	}
	Stops []struct {
		Patience int
		MinDelta float64 `json:"min_delta"`
		Losses   []float64
		Epochs   int
		Restored float32 // epoch whose weights were restored
	}
}

func readKerasCases(t *testing.T) kerasCases {
	t.Helper()
	raw, err := os.ReadFile("testdata/callbacks.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases kerasCases
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases.Plateaus) == 0 || len(cases.Stops) == 0 {
		t.Fatal("testdata/callbacks.json holds no cases")
	}
	return cases
}

// resumed returns a new callback with the state of another one.
func resumed[C Stateful](t *testing.T, from, fresh C) C {
	t.Helper()
	raw, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(raw, fresh)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

// epochEnds adds an epoch with a validation loss to the run.
func epochEnds(t *testing.T, r *Run, cb Callback, loss float64) {
	t.Helper()
	r.Epoch = len(r.History.Epochs)
	r.History.Epochs = append(r.History.Epochs, Epoch{Epoch: r.Epoch, Validation: &Score{Loss: loss}})
	if err := cb.EpochEnd(r); err != nil {
		t.Fatal(err)
	}
}

func TestReduceLROnPlateauFollowsKeras(t *testing.T) {
	p := compile(t, still())
	for i, c := range readKerasCases(t).Plateaus {
		if err := p.SetLearningRate(0.01); err != nil {
			t.Fatal(err)
		}
		settings := Plateau{Factor: c.Factor, Patience: c.Patience, MinDelta: c.MinDelta, Cooldown: c.Cooldown, MinRate: c.MinLR}
		cb, r := ReduceLROnPlateau(settings).(*plateau), &Run{Program: p}
		var rates []float32
		for _, loss := range c.Losses {
			epochEnds(t, r, cb, loss)
			rate, err := p.BaseLearningRate()
			if err != nil {
				t.Fatal(err)
			}
			rates = append(rates, float32(rate))
			cb = resumed(t, cb, ReduceLROnPlateau(settings).(*plateau))
		}
		if diff := cmp.Diff(c.Rates, rates); diff != "" {
			t.Errorf("case %d, %+v: rates (- Keras, + ours):\n%s", i, settings, diff)
		}
	}
}

func TestPlateauRefusesFactors(t *testing.T) {
	for _, factor := range []float64{-1, 1, 2, math.NaN()} {
		if err := ReduceLROnPlateau(Plateau{Factor: factor}).Begin(nil); err == nil || !strings.Contains(err.Error(), "factor") {
			t.Errorf("factor %g: got %v, want an error", factor, err)
		}
	}
	got := ReduceLROnPlateau(Plateau{}).(*plateau).Plateau
	if want := (Plateau{Factor: 0.1, Patience: 10, MinDelta: 1e-4}); got != want {
		t.Errorf("the zero value is %+v, want Keras's defaults %+v", got, want)
	}
}

func TestEarlyStoppingFollowsKeras(t *testing.T) {
	p := compile(t, still())
	for i, c := range readKerasCases(t).Stops {
		settings := Stopping{Patience: c.Patience, MinDelta: c.MinDelta, RestoreBest: true}
		cb, r := EarlyStopping(settings).(*earlyStopping), &Run{Program: p}
		for _, loss := range c.Losses {
			if r.stopped {
				break
			}
			epoch := float32(len(r.History.Epochs))
			weights := []npy.Entry{
				{Name: "kernel", Array: npy.New([]int{1, 2}, []float32{epoch, -epoch / 3})},
				{Name: "bias", Array: npy.New([]int{2}, []float32{0, 1 / (1 + epoch)})},
			}
			if err := p.SetWeights(weights); err != nil {
				t.Fatal(err)
			}
			epochEnds(t, r, cb, loss)
			cb = resumed(t, cb, EarlyStopping(settings).(*earlyStopping))
		}
		if n := len(r.History.Epochs); n != c.Epochs {
			t.Errorf("case %d, %+v: stopped after %d epochs, Keras after %d", i, settings, n, c.Epochs)
		}
		if err := cb.End(r, nil); err != nil {
			t.Fatal(err)
		}
		weights, err := p.Weights()
		if err != nil {
			t.Fatal(err)
		}
		kernel, bias := weights[0].Array.Float32(), weights[1].Array.Float32()
		if e := c.Restored; kernel[0] != e || kernel[1] != -e/3 || bias[1] != 1/(1+e) {
			t.Errorf("case %d, %+v: weights %v %v came back, Keras's are those of epoch %g", i, settings, kernel, bias, e)
		}
	}
}

func TestBestWeightsStayAwayFromAnInterruptedRun(t *testing.T) {
	p := compile(t, still())
	cb, r := EarlyStopping(Stopping{RestoreBest: true}), &Run{Program: p}
	epochEnds(t, r, cb, 1)
	moved := []npy.Entry{
		{Name: "kernel", Array: npy.New([]int{1, 2}, []float32{1, 2})},
		{Name: "bias", Array: npy.New([]int{2}, []float32{3, 4})},
	}
	if err := p.SetWeights(moved); err != nil {
		t.Fatal(err)
	}
	if err := cb.End(r, os.ErrClosed); err != nil {
		t.Fatal(err)
	}
	if weights, err := p.Weights(); err != nil || weights[1].Array.Float32()[1] != 4 {
		t.Errorf("weights %v, %v: want those of the last step", weights, err)
	}
}

func TestSavedWeightsRefuseDamage(t *testing.T) {
	err := EarlyStopping(Stopping{}).(*earlyStopping).UnmarshalJSON([]byte(`{"weights":[{"name":"kernel","shape":[1],"values":"AAA="}]}`))
	if err == nil || !strings.Contains(err.Error(), "kernel: 2 bytes") {
		t.Errorf("got %v, want that two bytes are no float32", err)
	}
}

func TestLearningRateSchedule(t *testing.T) {
	p := compile(t, optim.SGD(1, optim.Momentum{}))
	halves := LearningRateSchedule(func(epoch int) float64 { return math.Pow(2, -float64(epoch)) })
	h, err := Fit(t.Context(), p, shades(10), Config{Epochs: 4, BatchSize: 5}, halves)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range h.Epochs {
		if want := math.Pow(2, -float64(e.Epoch)); e.LearningRate != want {
			t.Errorf("epoch %d: learning rate %g, want %g", e.Epoch, e.LearningRate, want)
		}
	}
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
		_, err := Fit(t.Context(), p, shades(10), Config{Epochs: 1, BatchSize: 5}, LearningRateSchedule(func(int) float64 { return bad }))
		if err == nil || !strings.Contains(err.Error(), "for epoch 1") {
			t.Errorf("rate %g: got %v, want an error", bad, err)
		}
	}
}

func TestCSVHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.csv")
	rows := 0
	count := OnEpochEnd(func(r *Run) error { // after the row has been written
		raw, err := os.ReadFile(path)
		if rows = strings.Count(string(raw), "\n") - 1; rows != r.Epoch+1 {
			t.Errorf("%d rows after epoch %d, want %d", rows, r.Epoch, r.Epoch+1)
		}
		return err
	})
	h, err := Fit(t.Context(), compile(t, still()), shades(10), Config{Epochs: 3, BatchSize: 5}, CSVHistory(path), count)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	if err := h.WriteCSV(&want); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != want.String() || rows != 3 {
		t.Errorf("got\n%swant\n%s", got, want.String())
	}
	_, err = Fit(t.Context(), compile(t, still()), shades(10), Config{Epochs: 3, BatchSize: 5}, CSVHistory(filepath.Join(path, "below a file")))
	if err == nil {
		t.Error("a file that cannot be written is no error")
	}
}

func TestNaNInTheValidationStops(t *testing.T) {
	r := &Run{Step: 7}
	r.History.Epochs = []Epoch{{Training: Score{Loss: 1}, Validation: &Score{Loss: math.NaN()}}}
	if err := StopOnNaN().EpochEnd(r); err == nil || !strings.Contains(err.Error(), "step 7") {
		t.Errorf("got %v, want an error that names the step", err)
	}
}

// A rate that follows from the steps alone cannot be made smaller.
func TestNoCallbackSetsTheRateOfASchedule(t *testing.T) {
	for name, c := range map[string]Callback{"plateau": ReduceLROnPlateau(Plateau{}), "schedule": LearningRateSchedule(func(int) float64 { return 0.1 })} {
		l := newLesson(t)
		l.schedule = optim.Decay{Class: "CosineDecay", InitialRate: 0.1, DecaySteps: 10}
		_, err := Fit(t.Context(), l.program(t), shades(50), l.config, c)
		if err == nil || !strings.Contains(err.Error(), "the learning rate follows a schedule of its own") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
