package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// networks are tested one by one; the first one is used where one is enough.
var networks = []string{"mnist-cnn", "mnist-mlp-linear", "mnist-mlp-relu", "mnist-cnn-dropout", "cifar10-cnn"}

func steps() []step {
	return []step{
		{name: "doctor", do: (*trial).doctor},
		{name: "placement", do: (*trial).placement},
		{name: "parity with the CPU, float32 without TF32", do: (*trial).parity, numbers: true},
		{name: "the same numbers twice", do: (*trial).determinism, numbers: true},
		{name: "resumed as if never stopped", do: (*trial).resume, numbers: true},
		{name: "out of memory", do: (*trial).outOfMemory},
		{name: "bench", do: (*trial).bench, numbers: true},
	}
}

// doctor checks that there is a GPU, and which one.
func (t *trial) doctor(ctx context.Context) (string, error) {
	out, err := t.call(ctx, "doctor", nil, "doctor", "--device", t.device)
	if err != nil {
		return "", err
	}
	var gpus []string
	for line := range strings.Lines(out) {
		if rest, ok := strings.CutPrefix(line, "gpu "); ok && strings.Contains(rest, "compute capability") && strings.Contains(rest, "memory") {
			gpus = append(gpus, strings.TrimSpace(rest))
		}
	}
	t.counting = strings.Contains(out, "Fake ")
	return strings.Join(gpus, "; "), nil
}

// parity trains on both devices and compares the histories.
func (t *trial) parity(ctx context.Context) (string, error) {
	exact := []string{"--precision", "float32", "--no-dropout", "--limit", "2560", "--epochs", "2"}
	if t.has("tf32") {
		exact = append(exact, "--tf32=false")
	}
	off := []string{"NVIDIA_TF32_OVERRIDE=0"}
	var found []string
	for _, n := range networks {
		gpu, err := t.train(ctx, "parity/"+n+"-gpu", n, off, append(slices.Clone(exact), "--device", t.device)...)
		if err != nil {
			return "", err
		}
		cpu, err := t.train(ctx, "parity/"+n+"-cpu", n, off, append(slices.Clone(exact), "--device", "cpu")...)
		if err != nil {
			return "", err
		}
		apart, err := lossesApart(gpu, cpu)
		if err != nil {
			return "", err
		}
		found = append(found, fmt.Sprintf("%s %.1e", n, apart))
		if apart > parityLimit && !t.counting {
			return "", fmt.Errorf("%s: the relative difference of the losses is %.1e: want at most %.0e", n, apart, parityLimit)
		}
	}
	if t.counting {
		found = append(found, "of a GPU that computes nothing")
	}
	return "relative difference of the losses: " + strings.Join(found, ", "), nil
}

// parityLimit is the largest relative difference of losses after two epochs: RMSprop
// amplifies differences in the last bit, as docs/numbers.md describes for Keras.
const parityLimit = 5e-3

// determinism trains twice with one seed.
func (t *trial) determinism(ctx context.Context) (string, error) {
	return t.twice(ctx, "twice", func(run string, flags []string) (string, error) {
		return t.train(ctx, run, "mnist-cnn-dropout", nil, flags...)
	})
}

// resume trains two epochs in one run, and the same two in a run and its resumption.
func (t *trial) resume(ctx context.Context) (string, error) {
	return t.twice(ctx, "resume", func(run string, flags []string) (string, error) {
		if strings.HasSuffix(run, "/a") {
			return t.train(ctx, run, "mnist-cnn-dropout", nil, flags...)
		}
		if _, err := t.train(ctx, run, "mnist-cnn-dropout", nil, append(slices.Clone(flags), "--epochs", "1")...); err != nil {
			return "", err
		}
		return t.train(ctx, run, "mnist-cnn-dropout", nil, append(slices.Clone(flags), "--resume")...)
	})
}

// twice compares the weights of two runs, which are identical to the bit with
// --deterministic.
func (t *trial) twice(ctx context.Context, name string, train func(run string, flags []string) (string, error)) (string, error) {
	if !t.has("deterministic") {
		return "", fmt.Errorf("%w: this tflab has no --deterministic", errSkipped)
	}
	flags := []string{"--limit", "2560", "--epochs", "2", "--deterministic", "--device", t.device}
	a, err := train(name+"/a", flags)
	if err != nil {
		return "", err
	}
	b, err := train(name+"/b", flags)
	if err != nil {
		return "", err
	}
	x, err := os.ReadFile(filepath.Join(a, "weights.npz"))
	if err != nil {
		return "", err
	}
	y, err := os.ReadFile(filepath.Join(b, "weights.npz"))
	switch {
	case err != nil:
		return "", err
	case slices.Equal(x, y):
		return "weights.npz is the same to the bit", nil
	case t.counting:
		return "weights.npz differs, because nothing is computed", nil
	}
	return "", fmt.Errorf("weights.npz differs between %s and %s", a, b)
}

// outOfMemory requires more memory than a GPU has, and expects a one-line error.
func (t *trial) outOfMemory(ctx context.Context) (string, error) {
	_, err := t.train(ctx, "memory", "mnist-cnn", []string{"FAKE_MEM_MB=400"}, "--batch-size", "10000", "--epochs", "1", "--device", t.device)
	switch {
	case err == nil:
		return "batches of 10000 fit this GPU", nil
	case strings.Contains(err.Error(), "out of memory") && strings.Contains(err.Error(), "--batch-size"):
		return err.Error(), nil
	}
	return "", err
}

// bench compares tflab's speed with Keras's in the remaining time.
func (t *trial) bench(ctx context.Context) (string, error) {
	args := []string{"bench", "--only", "mnist-mlp-relu,mnist-cnn,cifar10-cnn", "--rounds", "1", "--epochs", "2", "--keras", "default",
		"--precisions", "float32,mixed_float16", "--device", t.device, "--out", filepath.Join(t.out, "bench"), "--limit", "12800"}
	if t.python != "" {
		args = append(args, "--python", t.python)
	}
	if _, err := t.call(ctx, "bench", nil, args...); err != nil {
		return "", err
	}
	return "bench/bench.md", nil
}

// lossesApart returns the largest relative difference of two histories' losses.
func lossesApart(a, b string) (float64, error) {
	x, err := losses(a)
	if err != nil {
		return 0, err
	}
	y, err := losses(b)
	if err != nil {
		return 0, err
	}
	if len(x) != len(y) || len(x) == 0 {
		return 0, fmt.Errorf("%s has %d losses, %s has %d", a, len(x), b, len(y))
	}
	var most float64
	for i := range x {
		if larger := max(math.Abs(x[i]), math.Abs(y[i])); larger > 0 {
			most = max(most, math.Abs(x[i]-y[i])/larger)
		}
	}
	return most, nil
}

// losses returns the training and validation losses of a run's epochs.
func losses(dir string) ([]float64, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "history.json"))
	if err != nil {
		return nil, err
	}
	var history struct {
		Loss       []float64 `json:"loss"`
		Validation []float64 `json:"val_loss"`
	}
	if err := json.Unmarshal(raw, &history); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return append(history.Loss, history.Validation...), nil
}
