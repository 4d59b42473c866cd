package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build builds the program that is to be killed.
func build(t *testing.T) string {
	t.Helper()
	tflab := filepath.Join(t.TempDir(), "tflab")
	if out, err := exec.Command("go", "build", "-o", tflab, "../../cmd/tflab").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return tflab
}

func TestKilledRunsEndTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for a minute")
	}
	tflab := build(t)
	for _, args := range [][]string{
		{"mnist-mlp-relu", "--dataset", "sample-mnist", "--epochs", "8", "--checkpoint-minutes", "0.001"},
		{"cifar10-cnn", "--dataset", "sample-cifar10", "--limit", "160", "--epochs", "3", "--checkpoint-minutes", "0.001", "--replicas", "2"},
	} {
		var out strings.Builder
		trial := trial{tflab: tflab, args: args, dir: t.TempDir(), kills: 4, seed: 1, out: &out}
		if err := trial.run(); err != nil {
			t.Errorf("%s: %v", args[0], err)
		}
		t.Log(out.String())
	}
}

// TestDifferencesAreFound checks that the comparison does not accept different runs.
func TestDifferencesAreFound(t *testing.T) {
	const history = `{"epoch": [0], "loss": [1], "seconds": [%]}`
	write := func(history, weights, best string) string {
		dir := t.TempDir()
		for name, text := range map[string]string{"history.json": history, "weights.npz": weights, "checkpoint/" + best: ""} {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	timed := func(seconds string) string { return strings.ReplaceAll(history, "%", seconds) }
	whole := write(timed("1"), "w", "best-1.index")
	if compared, err := same(whole, write(timed("2"), "w", "best-1.index")); err != nil || len(compared) != 3 {
		t.Errorf("another time: compared %v, %v", compared, err)
	}
	for name, other := range map[string]string{
		"history":  write(strings.ReplaceAll(timed("1"), `"loss": [1]`, `"loss": [1.0000001]`), "w", "best-1.index"),
		"columns":  write(strings.ReplaceAll(timed("1"), `"seconds"`, `"val_loss"`), "w", "best-1.index"),
		"weights":  write(timed("1"), "v", "best-1.index"),
		"the best": write(timed("1"), "w", "best-2.index"),
		"nothing":  t.TempDir(),
	} {
		if _, err := same(whole, other); err == nil {
			t.Errorf("%s: no difference is found", name)
		}
	}
}
