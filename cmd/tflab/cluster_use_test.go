package main

import (
	"bytes"
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs/npy"
)

// output runs tflab in this process, which must succeed, and returns what it prints.
func output(t *testing.T, args ...string) string {
	t.Helper()
	var out, messages bytes.Buffer
	if status := run(t.Context(), append([]string{"tflab"}, args...), &out, &messages); status != 0 {
		t.Fatalf("%v: status %d: %s", args, status, &messages)
	}
	return out.String()
}

// Evaluations and predictions on workers equal those of one process: for test sets and
// images that the number of workers does not divide, and for a single image.
func TestClusterUsesRuns(t *testing.T) {
	_, cluster := startWorkers(t, 3)
	dir := trained(t, "mnist-mlp-relu", "--dataset", "sample-mnist", "--limit", "2000", "--epochs", "1").dir
	if got, want := output(t, "evaluate", dir, "--cluster", cluster), output(t, "evaluate", dir); got != want {
		t.Errorf("evaluate prints %q, want %q", got, want)
	}
	pictures := t.TempDir()
	drawPictures(pictures, 11)
	folders, err := filepath.Glob(filepath.Join(pictures, "*"))
	if err != nil || len(folders) != 11 {
		t.Fatalf("%v, %v", folders, err)
	}
	one, err := filepath.Glob(filepath.Join(folders[0], "*"))
	if err != nil || len(one) != 12 {
		t.Fatalf("%v, %v", one, err)
	}
	for name, images := range map[string][]string{"132 images": folders, "one image": one[:1]} {
		want := predictions(t, output(t, append([]string{"predict", dir, "--format", "json"}, images...)...))
		got := predictions(t, output(t, append([]string{"predict", dir, "--format", "json", "--cluster", cluster}, images...)...))
		if len(got) != len(want) {
			t.Fatalf("%s: %d predictions, want %d", name, len(got), len(want))
		}
		for i := range want {
			if got[i].File != want[i].File || got[i].Class != want[i].Class {
				t.Fatalf("%s: prediction %d is %s of %s, want %s of %s", name, i, got[i].Class, got[i].File, want[i].Class, want[i].File)
			}
			for class, p := range want[i].Probabilities {
				if math.Abs(got[i].Probabilities[class]-p) > 1e-5 {
					t.Fatalf("%s: %s: class %d has probability %v, want %v", name, got[i].File, class, got[i].Probabilities[class], p)
				}
			}
		}
	}
	t.Run("refused", func(t *testing.T) {
		floats := filepath.Join(t.TempDir(), "floats.npy")
		if err := npy.WriteFile(floats, npy.New([]int{28, 28}, make([]float32, 28*28))); err != nil {
			t.Fatal(err)
		}
		saved := filepath.Join(t.TempDir(), "saved")
		output(t, "export", dir, "--format", "savedmodel", "--out", saved)
		for want, args := range map[string][]string{
			"workers only take bytes":           {"predict", dir, floats, "--cluster", cluster},
			"want a run with --cluster":         {"predict", saved, one[0], "--cluster", cluster},
			"SavedModel runs in one process":    {"evaluate", saved, "--dataset", "sample-mnist", "--cluster", cluster},
			"worker 127.0.0.1:1: no connection": {"predict", dir, one[0], "--cluster", "127.0.0.1:1"},
		} {
			if status, messages := here(t, args...); status == 0 || !strings.Contains(messages, want) || strings.Count(messages, "\n") != 1 {
				t.Errorf("%v: status %d: %s, want %q", args, status, messages, want)
			}
		}
	})
}

// predicted is one prediction of "predict --format json".
type predicted struct {
	File          string    `json:"file"`
	Class         string    `json:"class"`
	Probabilities []float64 `json:"probabilities"`
}

func predictions(t *testing.T, text string) (all []predicted) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	for _, p := range all {
		if len(p.Probabilities) == 0 {
			t.Fatalf("%s has no probabilities", p.File)
		}
	}
	return all
}
