package comparison

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/tflab/tflab/graphs/npy"
)

// run holds the content of the files of a run's folder. Empty files are not written.
type run struct {
	config, history, csv, timing string
	weights                      []npy.Entry
	predictions                  *npy.Array
}

// measured returns a complete run of two epochs.
func measured() run {
	return run{
		config: `{"program": "keras", "network": "mnist-cnn", "data": "anywhere"}`,
		history: `{"epoch": [0, 1], "loss": [1.5, 0.5], "accuracy": [0.5, 0.75], "val_loss": [1, 0.25], "val_accuracy": [0.625, 0.875],
			"seconds": [3, 1], "test": {"loss": 0.5, "accuracy": 0.8}}`,
		timing: `{"startup_seconds": 4, "total_seconds": 10, "peak_rss_bytes": 1048576, "cores": 2}`,
		weights: []npy.Entry{
			{Name: "conv2d/kernel", Array: npy.New([]int{1, 1, 1, 2}, []float32{-3, 2})},
			{Name: "conv2d/bias", Array: npy.New([]int{2}, []float32{0, 1})},
			{Name: "dense/kernel", Array: npy.New([]int{2, 2}, []float32{1, 2, 3, 4})},
		},
		predictions: npy.New([]int{3, 2}, []float32{0.75, 0.25, 0.5, 0.5, 0, 1}),
	}
}

// changed returns a complete run modified by change.
func changed(change func(*run)) run {
	r := measured()
	change(&r)
	return r
}

func (r run) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"config.json": r.config, "history.json": r.history, "history.csv": r.csv, "timing.json": r.timing} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if r.weights != nil {
		if err := npy.WriteArchive(filepath.Join(dir, "weights.npz"), r.weights); err != nil {
			t.Fatal(err)
		}
	}
	if r.predictions != nil {
		if err := npy.WriteFile(filepath.Join(dir, "predictions.npy"), r.predictions); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (r run) open(t *testing.T, name string) *Side {
	t.Helper()
	s, err := Open(name, r.write(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// with returns a complete run with other numbers in some columns of its history.
func with(columns map[string]any) run {
	return changed(func(r *run) {
		var all map[string]any
		if err := json.Unmarshal([]byte(r.history), &all); err != nil {
			panic(err)
		}
		for name, v := range columns {
			if all[name] = v; v == nil {
				delete(all, name)
			}
		}
		raw, err := json.Marshal(all)
		if err != nil {
			panic(err)
		}
		r.history = string(raw)
	})
}
