package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
)

// pythonRun is the output of testdata/read_run.py: a run's folder as read by TensorFlow
// and TensorBoard.
type pythonRun struct {
	Newest string // checkpoint
	Note   fit.State
	// For each array of weights.npz, whether the checkpoint has the same shape and
	// bytes.
	Tensors map[string]struct{ Same bool }
	Others  []string // the checkpoint's other tensors

	// Steps and values, by tag.
	Train, Validation map[string][][2]float64
	Histograms        map[string]struct{ Steps, Num, Min, Max []float64 }
	Extremes          map[string]struct{ Num, Min, Max float64 } // of weights.npz
	Graph             int                                        // number of nodes
}

func readWithPython(t *testing.T, dir string) pythonRun {
	t.Helper()
	python := os.Getenv("TFLAB_REFERENCE")
	if python == "" {
		t.Skip("TFLAB_REFERENCE is not set to the Python that scripts/reference/setup prints")
	}
	command := exec.Command(python, "testdata/read_run.py", dir)
	command.Env = append(os.Environ(), "TF_CPP_MIN_LOG_LEVEL=3", "CUDA_VISIBLE_DEVICES=")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var r pythonRun
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return r
}

func TestPythonReadsARun(t *testing.T) {
	skipLong(t)
	dir := filepath.Join(t.TempDir(), "run")
	if status, messages := here(t, small(dir, "--epochs", "3", "--tensorboard-histograms")...); status != statusDone {
		t.Fatal(messages)
	}
	got := readWithPython(t, dir)

	weights, err := npy.ReadArchive(filepath.Join(dir, runfolder.WeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Tensors) != len(weights) || len(weights) != 4 {
		t.Errorf("Python found %d weights, want %d", len(got.Tensors), len(weights))
	}
	for _, w := range weights {
		if !got.Tensors[w.Name].Same {
			t.Errorf("%s in %s is not that of weights.npz", w.Name, got.Newest)
		}
	}
	wantOthers := []string{"dense/bias/momentum", "dense/bias/velocity", "dense/kernel/momentum", "dense/kernel/velocity",
		"dense_1/bias/momentum", "dense_1/bias/velocity", "dense_1/kernel/momentum", "dense_1/kernel/velocity",
		"iterations", "learning_rate", "tflab/note"}
	if diff := cmp.Diff(wantOthers, got.Others); diff != "" {
		t.Errorf("the checkpoint's other tensors: (- want, + got)\n%s", diff)
	}
	if got.Note.Epoch != 3 || len(got.Note.History.Epochs) != 3 {
		t.Errorf("the checkpoint's note is of epoch %d, want 3", got.Note.Epoch)
	}
	comparePlots(t, dir, got)
	for _, w := range weights {
		h, want := got.Histograms[w.Name+"/histogram"], got.Extremes[w.Name]
		if !cmp.Equal(h.Steps, []float64{0, 1, 2}) || h.Num[2] != want.Num || h.Min[2] != want.Min || h.Max[2] != want.Max {
			t.Errorf("histogram of %s: %+v, want three, the last of %+v", w.Name, h, want)
		}
	}
	if got.Graph < 100 {
		t.Errorf("the graph has %d nodes", got.Graph)
	}
}

// comparePlots compares the values that TensorBoard plots with history.csv.
func comparePlots(t *testing.T, dir string, got pythonRun) {
	t.Helper()
	rows := columnsOf(t, filepath.Join(dir, runfolder.HistoryCSV))
	for _, tt := range []struct {
		tag, column string
		plots       map[string][][2]float64
	}{
		{"epoch_loss", "loss", got.Train}, {"epoch_accuracy", "accuracy", got.Train}, {"epoch_learning_rate", "learning_rate", got.Train},
		{"epoch_loss", "val_loss", got.Validation}, {"epoch_accuracy", "val_accuracy", got.Validation},
	} {
		var want [][2]float64
		for epoch, v := range rows[tt.column] {
			want = append(want, [2]float64{float64(epoch), float64(float32(v))})
		}
		if diff := cmp.Diff(want, tt.plots[tt.tag]); diff != "" || len(want) != 3 {
			t.Errorf("%s: (- column %s, + TensorBoard)\n%s", tt.tag, tt.column, diff)
		}
	}
	if len(got.Train) != 3 || len(got.Validation) != 2 {
		t.Errorf("%d and %d tags, want 3 and 2", len(got.Train), len(got.Validation))
	}
}

// columnsOf reads the columns of a table, by the names in its first row.
func columnsOf(t *testing.T, path string) map[string][]float64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]float64{}
	for _, row := range rows[1:] {
		for i, field := range row {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			columns[rows[0][i]] = append(columns[rows[0][i]], v)
		}
	}
	return columns
}
