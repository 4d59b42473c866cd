package runfolder

import (
	"bytes"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tflab/tflab/cmd/internal/analysis"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

func create(t *testing.T) *Folder {
	t.Helper()
	f, err := Create(filepath.Join(t.TempDir(), "runs", "one"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestConfigRoundTrip(t *testing.T) {
	want := Config{
		Network: "mnist-cnn", Parameters: 1199882, Layers: tfmodels.MNISTCNN().Summary(),
		Values: settings.Values{Recipe: settings.Recipe{Optimizer: "adadelta", LearningRate: 0.001, Hyperparameters: map[string]float64{"rho": 0.95}, BatchSize: 128, Epochs: 6, Validation: settings.LastExamples, ValidationSplit: 0.2, Shuffle: true, Dropout: true},
			Seed: -7, Precision: "float32"},
		Data:        Data{Name: "mnist", Source: "embedded sample", Sample: true, Classes: []string{"0", "1"}, Training: 8000},
		CommandLine: []string{"tflab", "train", "mnist-cnn"},
		Started:     time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
		Status:      Interrupted,
	}
	f := create(t)
	if err := f.WriteConfig(want); err != nil {
		t.Fatal(err)
	}
	f, err := Open(f.Dir())
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Config()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("config.json changes the configuration (-want +got):\n%s", diff)
	}
	const multiplyAdds = 26*26*9*32 + 24*24*9*32*64 + 9216*128 + 128*10
	if got.MultiplyAdds() != multiplyAdds {
		t.Errorf("%d multiply-adds, want %d", got.MultiplyAdds(), multiplyAdds)
	}
}

func TestHistoryRoundTrip(t *testing.T) {
	want := &fit.History{
		Epochs: []fit.Epoch{
			{Epoch: 0, Training: fit.Score{Loss: 0.5, Accuracy: 0.8}, Validation: &fit.Score{Loss: 0.4, Accuracy: 0.85}, LearningRate: 0.001, TrainDuration: 1.5, Duration: 2},
			{Epoch: 1, Training: fit.Score{Loss: math.NaN(), Accuracy: 0.1}, Validation: &fit.Score{Loss: math.NaN(), Accuracy: 0.1}, LearningRate: 0.001, TrainDuration: 1.25, Duration: 1.75},
		},
		Test: &fit.Score{Loss: 0.3, Accuracy: 0.9},
	}
	f := create(t)
	if h, err := f.History(); err != nil || len(h.Epochs) != 0 {
		t.Errorf("before the first epoch: %v, %v; want an empty history", h, err)
	}
	if err := f.WriteHistory(want); err != nil {
		t.Fatal(err)
	}
	got, err := f.History()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("history.json changes the history (-want +got):\n%s", diff)
	}
	if agree, err := f.Agree(got); !agree || err != nil {
		t.Errorf("history.csv and history.json do not agree: %v", err)
	}
	got.Epochs[0].Training.Loss = 0.51
	if agree, err := f.Agree(got); agree || err != nil {
		t.Errorf("a loss of 0.51 agrees with 0.5 (%v)", err)
	}
	table, err := os.ReadFile(f.Path(HistoryCSV))
	if err != nil {
		t.Fatal(err)
	}
	const first = "epoch,accuracy,loss,val_accuracy,val_loss,learning_rate,train_seconds,seconds\n0,0.8,0.5,0.85,0.4,0.001,1.5,2\n"
	if !strings.HasPrefix(string(table), first) {
		t.Errorf("history.csv is\n%swant it to begin\n%s", table, first)
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	holding := func(name, content string) string {
		d := t.TempDir()
		if err := os.WriteFile(filepath.Join(d, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return d
	}
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	read := func(dir string) error {
		f, err := Open(dir)
		if err != nil {
			return err
		}
		_, err = f.Config()
		return err
	}
	tests := map[string]struct {
		err  error
		want string
	}{
		"no folder":        {read(filepath.Join(dir, "none")), "no such folder"},
		"a file":           {read(file), "is a file"},
		"another's folder": {read(dir), "config.json is missing"},
		"empty config":     {read(holding(ConfigFile, "")), "config.json: unexpected end"},
		"other config":     {read(holding(ConfigFile, `{"seed": 1}`)), "has no network"},
		"wrong type":       {read(holding(ConfigFile, `{"network": 1}`)), "config.json: json"},
		"run already there": {func() error {
			_, err := Create(holding(ConfigFile, "{}"))
			return err
		}(), "holds a run already"},
		"below a file": {func() error {
			_, err := Create(filepath.Join(file, "run"))
			return err
		}(), "not a directory"},
	}
	for name, test := range tests {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("%s: got %v, want an error with %q", name, test.err, test.want)
		}
	}
}

func TestJudge(t *testing.T) {
	pixels := []byte{0, 50, 100, 150, 200, 250, 10, 20}
	test, err := dataset.New([3]int{1, 2, 1}, pixels, []uint8{0, 1, 1, 0}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := analysis.Judge(test, []float32{0.5, 0.5, 0.625, 0.375, 0.25, 0.75, 0.125, 0.875}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]int{{1, 1}, {1, 1}}, p.Confusion); diff != "" {
		t.Errorf("confusion (-want +got):\n%s", diff)
	}
	want := []analysis.Mistake{{Index: 3, Label: 0, Guess: 1, Probability: 0.875}} // of a higher probability than example 1
	if diff := cmp.Diff(want, p.Mistakes, cmpopts.IgnoreFields(analysis.Mistake{}, "PNG")); diff != "" {
		t.Fatalf("mistakes (-want +got):\n%s", diff)
	}
	img, err := png.Decode(bytes.NewReader(p.Mistakes[0].PNG))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _, _ := img.At(1, 0).RGBA(); r>>8 != 20 {
		t.Errorf("second pixel of the picture is %d, want 20", r>>8)
	}

	f := create(t)
	if none, err := f.Predictions(); none != nil || err != nil {
		t.Errorf("without a file: %v, %v; want nil, nil", none, err)
	}
	if err := f.WritePredictions(p); err != nil {
		t.Fatal(err)
	}
	read, err := f.Predictions()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, read); diff != "" {
		t.Errorf("predictions.json changes the predictions (-want +got):\n%s", diff)
	}

	nan := float32(math.NaN())
	if _, err := analysis.Judge(test, []float32{nan, 0, 0, 0, 0, 0, 0, 0}, 1); err == nil {
		t.Error("NaN is taken for a probability")
	}
	if _, err := analysis.Judge(test, []float32{1, 0}, 1); err == nil {
		t.Error("probabilities of one example are taken for four")
	}
}

// FuzzRead reads arbitrary content from every file of a run's folder.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"network":"mnist-cnn","layers":[{"output_shape":[1]}]}`))
	f.Add([]byte(`{"loss":[1,null],"accuracy":[0,1],"test":{"loss":1}}`))
	f.Add([]byte(`{"classes":["a"],"confusion":[[1]],"mistakes":[{"label":0,"png":"AA=="}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		for _, name := range []string{ConfigFile, HistoryJSON, PredictionsFile} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		folder, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := folder.Config(); err == nil && c.Network == "" {
			t.Error("a configuration without a network")
		}
		if h, err := folder.History(); err == nil && h == nil {
			t.Error("neither a history nor an error")
		}
		if p, err := folder.Predictions(); err == nil && len(p.Confusion) != len(p.Classes) {
			t.Error("a confusion that is not square")
		}
	})
}

func TestTiming(t *testing.T) {
	f := create(t)
	if none, err := f.Timing(); none != nil || err != nil {
		t.Errorf("without a file: %v, %v; want nil, nil", none, err)
	}
	want := Timing{Startup: 1.5, Total: 20, Peak: 1 << 29}
	if err := f.WriteTiming(want); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Timing(); err != nil || *got != want {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestCollapse(t *testing.T) {
	f := create(t)
	if none, err := f.Collapse(); none != nil || err != nil {
		t.Errorf("without a file: %v, %v; want nil, nil", none, err)
	}
	want := &analysis.Collapse{Examples: 3, Agreeing: 3, Difference: 0, Largest: 11.5, Parameters: 6}
	if err := f.WriteCollapse(want); err != nil {
		t.Fatal(err)
	}
	if read, err := f.Collapse(); err != nil || *read != *want {
		t.Errorf("collapse.json: %v, %v; want %v", read, err, want)
	}
}
