package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// call runs one command line in this process.
func call(t *testing.T, line string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(t.Context(), strings.Fields("tflab "+line), &out, &err)
	return status, out.String(), err.String()
}

// fails expects a status, and one line on stderr that contains a text.
func fails(t *testing.T, line string, status int, want string) {
	t.Helper()
	got, stdout, stderr := call(t, line)
	if got != status || stdout != "" || !strings.HasPrefix(stderr, "tflab: ") ||
		strings.Count(stderr, "\n") != 1 || !strings.HasSuffix(stderr, "\n") || !strings.Contains(stderr, want) {
		t.Errorf("tflab %s: status %d, wrote %q and %q, want %d and one line with %q", line, got, stdout, stderr, status, want)
	}
	if strings.Contains(stderr, "goroutine") || strings.Contains(stderr, "internal error") {
		t.Errorf("tflab %s: wrote %q, want no defect of tflab's own", line, stderr)
	}
}

// elsewhere changes to an empty folder, without access to the machine's data sets.
func elsewhere(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("HOME", "/no-home")
	t.Setenv("TFLAB_DATA", "")
}

func TestWrongUsage(t *testing.T) {
	elsewhere(t)
	for _, tt := range []struct{ line, want string }{
		{"nonsense", `unknown command "nonsense": want one of lab, train`},
		{"train", "NETWORK is missing: usage: tflab train NETWORK"},
		{"train mnist-cnn cifar10-cnn", `unexpected argument "cifar10-cnn"`},
		{"train mnist", `unknown network "mnist": want one of mnist-mlp-linear, mnist-mlp-relu, mnist-cnn, mnist-cnn-dropout, cifar10-cnn`},
		{"summary nonsense", `unknown network "nonsense"`},
		{"init nonsense --out x.npz", `unknown network "nonsense"`},
		{"lab --only mnist-cnn,nonsense", `"nonsense"`},
		{"evaluate", "RUN|SAVEDMODEL is missing"},
		{"init mnist-cnn", "--out FILE.npz is missing"},
		{"data nonsense", `unknown command "nonsense": want fetch, check or list`},
		{"data check nonsense", `unknown data set "nonsense": want mnist or cifar10`},

		{"train mnist-cnn --nonsense", "not defined: --nonsense"},
		{"train mnist-cnn --epochs", "flag needs an argument: --epochs"},
		{"train mnist-cnn --out", "flag needs an argument: --out"},
		{"train mnist-cnn --epochs two", `"two" for flag --epochs`},
		{"train mnist-cnn --batch-size 99999999999999999999", "-batch-size"},

		{"train mnist-cnn --epochs 0", "--epochs 0: want 1 or more"},
		{"train --epochs -1 mnist-cnn", "--epochs -1: want 1 or more"},
		{"train mnist-cnn --batch-size 0", "--batch-size 0: want 1 or more"},
		{"train mnist-cnn --batch-size=-32", "--batch-size -32: want 1 or more"},
		{"train mnist-cnn --limit 0", "--limit 0: want 1 or more"},
		{"train mnist-cnn --early-stopping 0", "--early-stopping 0: want 1 or more"},
		{"train mnist-cnn --verbose 3", "--verbose 3: want 0, 1 or 2"},
		{"train mnist-cnn --replicas 0", "--replicas 0: want 1 to 64"},
		{"train mnist-cnn --replicas 65", "--replicas 65: want 1 to 64"},
		{"train mnist-cnn --threads -1", "--threads -1: want 0 (one for each core) to 1024"},
		{"train mnist-cnn --threads 99999", "--threads 99999: want 0"},
		{"lab --device gpu:0,cpu", "--device gpu:0,cpu: want one device, or several GPUs by number, each once: gpu:0,gpu:1"},
		{"lab --device gpu:1,gpu:1", "each once"},
		{"train mnist-cnn --device gpu:0,gpu:1", "want auto, cpu, gpu or gpu:N"},
		{"train mnist-cnn --device tpu", "--device tpu: want auto, cpu, gpu or gpu:N"},
		{"train mnist-cnn --optimizer lion", `unknown optimizer "lion": want one of adadelta, adagrad, adam, adamax, adamw, ftrl, nadam, rmsprop, sgd`},
		{"train mnist-cnn --semantics keras4", `unknown semantics "keras4": want keras3 or keras2`},
		{"train mnist-cnn --learning-rate 0", "--learning-rate 0: want more than 0"},
		{"train mnist-cnn --learning-rate NaN", "--learning-rate NaN: want more than 0"},
		{"train mnist-cnn --learning-rate Inf", "learning rate +Inf"},
		{"train mnist-cnn --decay -1", "--decay -1: want 0 or more"},
		{"train mnist-cnn --decay Inf", "--decay +Inf"},
		{"train mnist-cnn --validation-split 1", "--validation-split 1: want 0 to 1, 1 excluded"},
		{"train mnist-cnn --validation-split -0.1", "--validation-split -0.1"},
		{"train mnist-cnn --validation-split NaN", "--validation-split NaN"},
		{"train mnist-cnn --validation sometimes", `--validation "sometimes": want test or none`},
		{"train mnist-cnn --validation test --validation-split 0.1", "want only one of them"},
		{"train mnist-cnn --validation none --validation-random", "--validation-random needs a validation split"},
		{"train cifar10-cnn --validation-random", "--validation-random needs a validation split"},
	} {
		fails(t, tt.line, statusUsage, tt.want)
	}
	if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("wrong usage left %v, %v", left, err)
	}
}

func TestBadInput(t *testing.T) {
	elsewhere(t)
	writeDataset("good", "")
	for _, flaw := range []string{"short", "magic", "count", "label"} {
		writeDataset(flaw, flaw)
	}
	if status, _, stderr := call(t, "init mnist-mlp-relu --out good.npz"); status != 0 {
		t.Fatal(stderr)
	}
	for _, flaw := range []string{"missing", "misshapen", "nan", "surplus", "short"} {
		spoilWeights("good.npz", flaw+".npz", flaw)
	}
	const train = "train mnist-mlp-relu --out run --data "
	for _, tt := range []struct{ line, want string }{
		{train + "good --dataset nowhere", `data set "nowhere"`},
		{"train cifar10-cnn --data good --dataset mnist --out run", "images of 28x28x1: want 32x32x3, as cifar10-cnn takes"},
		{train + "good --limit 2 --validation-split 0.9", "2 examples with a validation split of 0.9 leave none to train on"},
		{train + "short", "short/train-images-idx3-ubyte: idx data of dimensions [200 28 28]: got 78392 bytes: want 156800"},
		{train + "magic", "magic/train-images-idx3-ubyte: idx magic number: got 0x00000804: want 0x00000803"},
		{train + "count", "200 images, but train-labels-idx1-ubyte has 199 labels"},
		{train + "label", "label of example 199: got 10: want 0 to 9"},
		{train + "good --initial-weights missing.npz", `missing.npz: weights for mnist-mlp-relu: array "dense_1/bias" is missing: want float [10]`},
		{train + "good --initial-weights misshapen.npz", `array "dense_1/bias" has shape [10 1]: want [10]`},
		{train + "good --initial-weights nan.npz", `array "dense_1/bias" holds NaN at element 3`},
		{train + "good --initial-weights surplus.npz", `array "dense_7/bias" is unknown`},
		{train + "good --initial-weights short.npz", "short.npz: not an .npz file, or one that is cut short"},
		{train + "good --initial-weights nowhere.npz", "nowhere.npz: no such file"},
		{"train mnist-cnn --out run --data good --initial-weights good.npz", `array "conv2d/kernel" is missing: want float [3 3 1 32]`},
		{"train mnist-mlp-relu --data good --out good.npz/run", "good.npz"},
		{"init mnist-mlp-relu --out nowhere/w.npz", "nowhere"},
		{"evaluate nowhere", "nowhere: no such folder"},
		{"evaluate good", "good: is not a run folder: config.json is missing"},
		{"evaluate good.npz", "good.npz: is a file"},
	} {
		fails(t, tt.line, statusFailed, tt.want)
	}
	if _, err := os.Stat("/dev/nvidia0"); err != nil {
		fails(t, train+"good --device gpu", statusFailed, "no GPU can be used: this machine has no NVIDIA device (/dev/nvidia0): use --device cpu")
	}
	if _, err := os.Stat("run"); err == nil {
		t.Error("a run that did not begin left a folder")
	}
}
