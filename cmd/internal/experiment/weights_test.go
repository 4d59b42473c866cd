package experiment

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
)

// TestState trains briefly and expects the weights of the run from each place that
// holds them.
func TestState(t *testing.T) {
	network, err := tfmodels.Lookup("mnist-mlp-relu")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	s, err := New(network, settings.Choices{"dataset": "sample-mnist", "limit": "256", "epochs": "2", "out": dir, "verbose": "0"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), s, Events{Progress: &strings.Builder{}, Warn: func(string) {}}); err != nil {
		t.Fatal(err)
	}
	trained, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	want, err := trained.Weights()
	if err != nil {
		t.Fatal(err)
	}
	npz := trained.Path(runfolder.WeightsFile)
	check := func(name, file string) {
		t.Helper()
		state, err := trained.State(name)
		if err != nil {
			t.Fatal(name, err)
		}
		if !strings.HasPrefix(filepath.Base(state.File), file) {
			t.Errorf("%s: weights in %s: want %s", name, state.File, file)
		}
		got, err := trained.WeightsOf(state)
		if err != nil {
			t.Fatal(name, err)
		}
		if file != "best" { // the best weights may be those of the first epoch
			if d := cmp.Diff(want, got, cmp.Comparer(func(a, b *npy.Array) bool { return cmp.Equal(a.Shape, b.Shape) && cmp.Equal(a.Float32(), b.Float32()) })); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
	}
	check("last", runfolder.WeightsFile)
	check("best", "best")
	check(npz, runfolder.WeightsFile)
	check(filepath.Join(dir, "checkpoint", "ckpt-4"), "ckpt-4") // 2 epochs of 205 examples
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(npz, long, long); err != nil { // as if the run had been resumed
		t.Fatal(err)
	}
	check("last", "ckpt-4")
	if err := os.Remove(npz); err != nil { // as if the run were still training
		t.Fatal(err)
	}
	check("last", "ckpt-4")
	if err := os.RemoveAll(filepath.Join(dir, "checkpoint")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"last", "best"} {
		if _, err := trained.State(name); err == nil {
			t.Errorf("%s of a run without weights: no error", name)
		}
	}
}
