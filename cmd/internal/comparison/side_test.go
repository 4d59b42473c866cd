package comparison

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/graphs/npy"
)

func TestCost(t *testing.T) {
	got := costOf(measured().open(t, "Keras"))
	got.Dir = ""
	want := Cost{Name: "Keras", Epochs: []Number{3, 1}, Epoch: 2, Startup: 4, Total: 10, Peak: 1 << 20}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheCSVServesWhereThereIsNoJSON(t *testing.T) {
	written := changed(func(r *run) {
		r.history = ""
		r.csv = "epoch,accuracy,loss,val_accuracy,val_loss\n0,0.5,1.5,0.625,1\n1,0.75,0.5,0.875,0.25\n"
	})
	if r := compare(t, measured(), written); !r.Identical || len(r.Epochs) != 2 || len(r.Epochs[1].Differences) != 4 {
		t.Errorf("%s: %v", r.Verdict, r.Epochs)
	}
}

func TestOpenRefuses(t *testing.T) {
	tests := []struct {
		name string
		run  run
		want string
	}{
		{"no history", run{config: `{}`}, "is not a run folder: want history.json or history.csv in it"},
		{"no columns", run{history: `{"epoch": [0]}`}, "has neither losses nor accuracies"},
		{"no epoch", run{history: `{"loss": [], "accuracy": []}`}, "has no epochs yet"},
		{"uneven columns", run{history: `{"loss": [1, 2], "accuracy": [1]}`}, "want the same length for all"},
		{"no object", run{history: `[1]`}, "history.json: want an object of arrays"},
		{"an empty file", run{csv: "\n"}, "history.csv: empty"},
		{"words", run{csv: "epoch,loss\n0,small\n"}, `column "loss", row 1: got "small": want a number`},
		{"short rows", run{csv: "epoch,loss\n0\n"}, "wrong number of fields"},
		{"a broken configuration", changed(func(r *run) { r.config = "{" }), "config.json: "},
		{"broken times", changed(func(r *run) { r.timing = "3" }), "timing.json: "},
		{"predictions in a row", changed(func(r *run) { r.predictions = npy.New([]int{2}, []float32{1, 0}) }), "predictions.npy: an array of shape [2]: want [examples, classes]"},
	}
	for _, tt := range tests {
		if _, err := Open("", tt.run.write(t)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	dir := measured().write(t)
	if err := os.WriteFile(filepath.Join(dir, "weights.npz"), []byte("PK"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open("", dir); err == nil || !strings.Contains(err.Error(), "weights.npz") {
		t.Errorf("broken weights: got %v", err)
	}
}

func FuzzReadJSON(f *testing.F) {
	f.Add([]byte(measured().history))
	f.Add([]byte(`{"loss": [null, 1e400], "test": 3}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := readJSON(bytes.NewReader(data))
		consistent(t, h, err)
	})
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("epoch,accuracy,loss\n0,0.5,1.5\n"))
	f.Add([]byte("loss,loss\nNaN,\"1\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := readCSV(bytes.NewReader(data))
		consistent(t, h, err)
	})
}

// consistent checks that the columns of a history have as many values as there are
// epochs.
func consistent(t *testing.T, h history, err error) {
	if err != nil {
		return
	}
	if h.epochs < 1 {
		t.Errorf("%d epochs", h.epochs)
	}
	for _, q := range quantities {
		if values, ok := h.columns[q]; ok && len(values) != h.epochs {
			t.Errorf("%s has %d values for %d epochs", q, len(values), h.epochs)
		}
	}
}
