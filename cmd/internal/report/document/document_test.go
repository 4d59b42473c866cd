package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tflab/tflab/cmd/internal/analysis"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// history returns a made-up history whose numbers appear nowhere else in a report.
func history(epochs int) *fit.History {
	h := &fit.History{Test: &fit.Score{Loss: 0.7654, Accuracy: 0.8765}}
	for i := range epochs {
		x := float64(i)
		h.Epochs = append(h.Epochs, fit.Epoch{Epoch: i,
			Training:     fit.Score{Loss: 1.9171 - x/10, Accuracy: 0.4141 + x/100},
			Validation:   &fit.Score{Loss: 1.8181 - x/10, Accuracy: 0.5151 + x/100},
			LearningRate: 0.001, TrainDuration: 12.3, Duration: 13.7})
	}
	return h
}

// leave writes the folder of a run as tflab train does.
func leave(t *testing.T, dir, network string, h *fit.History, status runfolder.Status) *runfolder.Folder {
	t.Helper()
	n, err := tfmodels.Lookup(network)
	if err != nil {
		t.Fatal(err)
	}
	f, err := runfolder.Create(filepath.Join(dir, network))
	if err != nil {
		t.Fatal(err)
	}
	config := runfolder.Config{Network: network, Parameters: n.Parameters(), Layers: n.Summary(),
		Values:   settings.Values{Seed: 4711, Recipe: settings.Recipe{Optimizer: n.Recipe.Optimizer, LearningRate: 0.001, BatchSize: n.Recipe.BatchSize, Epochs: 3, Validation: settings.LastExamples, ValidationSplit: 0.2, Shuffle: true, Dropout: true}},
		Data:     runfolder.Data{Name: "mnist", Source: "/data/mnist", Fingerprint: "sha256:abc", Classes: []string{"a", "b"}, Training: 48, Validation: 12, Test: 3},
		Versions: runfolder.Versions{TensorFlow: "2.18.1"}, Started: time.Unix(1e9, 0).UTC(), Status: status}
	if err := f.WriteConfig(config); err != nil {
		t.Fatal(err)
	}
	if err := f.WriteHistory(h); err != nil {
		t.Fatal(err)
	}
	return f
}

// test adds the files of a run's test: one mistake in three images.
func test(t *testing.T, f *runfolder.Folder, classes ...string) {
	t.Helper()
	set, err := dataset.New([3]int{2, 2, 1}, make([]byte, 12), []uint8{0, 1, 1}, classes)
	if err != nil {
		t.Fatal(err)
	}
	p, err := analysis.Judge(set, []float32{1, 0, 0, 1, 0.75, 0.25}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.WritePredictions(p); err != nil {
		t.Fatal(err)
	}
	kernel := npy.Entry{Name: "conv2d/kernel", Array: npy.New([]int{1, 1, 1, 2}, []float32{1, -1})}
	if err := npy.WriteArchive(f.Path(runfolder.WeightsFile), []npy.Entry{kernel}); err != nil {
		t.Fatal(err)
	}
}

// written writes the report and returns both files, the page without HTML escapes.
func written(t *testing.T, dir string) (page, text string) {
	t.Helper()
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	return html.UnescapeString(read(HTMLFile)), read(MarkdownFile)
}

// wantBoth checks that the page and the Markdown contain the same phrases.
func wantBoth(t *testing.T, page, text string, phrases ...string) {
	t.Helper()
	for _, p := range phrases {
		if !strings.Contains(page, p) {
			t.Errorf("%s does not say %q", HTMLFile, p)
		}
		if !strings.Contains(text, p) {
			t.Errorf("%s does not say %q", MarkdownFile, p)
		}
	}
}

func TestWholeLab(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
	dir := t.TempDir()
	for _, n := range tfmodels.Catalogue() {
		test(t, leave(t, dir, n.Name(), history(3), runfolder.Done), "a", "b")
	}
	page, text := written(t, dir)
	wantBoth(t, page, text, "41.41 %", "1.9171", "53.51 %", "1.6181", "87.65 %", "0.7654", "13.7", "203,530", "11,992,448", "4711", "sha256:abc")
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]{0,40})`).FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(m[1], "data:image/png;base64,") && !strings.HasPrefix(m[1], "#") {
			t.Errorf("the page refers to %q: want nothing from elsewhere", m[1])
		}
	}
	if strings.Contains(page, "<script") {
		t.Error("the page has a script")
	}
	pictures := regexp.MustCompile(`\]\((pictures/[^)]+)\)`).FindAllStringSubmatch(text, -1)
	if want := 5*4 + 1 + 4*2 + 1 + 3; len(pictures) != want { // per network, a gap, the comparisons of two networks, a cost, and those of all networks
		t.Errorf("%d pictures, want %d", len(pictures), want)
	}
	for _, p := range pictures {
		if _, err := os.Stat(filepath.Join(dir, p[1])); err != nil {
			t.Error(err)
		}
	}
}

func TestNumbersComeFromTheRun(t *testing.T) {
	dir := t.TempDir()
	folder := leave(t, dir, "mnist-cnn", history(3), runfolder.Done)
	page, text := written(t, dir)
	before := []string{"41.41 %", "1.8181", "0.7654"}
	wantBoth(t, page, text, before...)
	if strings.Contains(page, "have different numbers") {
		t.Error("the files of an untouched run are said to differ")
	}

	path := folder.Path(runfolder.HistoryJSON)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var columns map[string]any
	if err := json.Unmarshal(data, &columns); err != nil {
		t.Fatal(err)
	}
	columns["accuracy"].([]any)[0] = 0.3232
	columns["val_loss"].([]any)[0] = 1.2929
	columns["test"].(map[string]any)["loss"] = 0.6767
	if data, err = json.Marshal(columns); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	page, text = written(t, dir)
	wantBoth(t, page, text, "32.32 %", "1.2929", "0.6767", "have different numbers")
	for _, old := range before {
		if strings.Contains(page, old) || strings.Contains(text, old) {
			t.Errorf("%q is still in the report", old)
		}
	}
}

func TestUnusualRuns(t *testing.T) {
	unvalidated := history(3)
	for i := range unvalidated.Epochs {
		unvalidated.Epochs[i].Validation = nil
	}
	diverged := history(2)
	diverged.Test = nil
	diverged.Epochs[1].Training.Loss, diverged.Epochs[1].Validation.Loss = math.NaN(), math.NaN()
	stopped := history(2)
	stopped.Test = nil
	tests := map[string]struct {
		history *fit.History
		status  runfolder.Status
		want    []string
	}{
		"one epoch":   {history(1), runfolder.Done, []string{"only one epoch", "stopped early, after 1 epoch of 3"}},
		"NaN":         {diverged, runfolder.Diverged, []string{"ended in NaN after 2 epochs of 3", "no test score, because the loss was no longer a finite number"}},
		"interrupted": {stopped, runfolder.Interrupted, []string{"was interrupted after 2 epochs of 3", "no test score, because the run was interrupted"}},
		"killed":      {&fit.History{}, runfolder.Running, []string{"not complete: 0 epochs of 3", "no epoch is complete."}},
		"unvalidated": {unvalidated, runfolder.Done, []string{"was trained without validation", "not validated"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			leave(t, dir, "mnist-mlp-relu", test.history, test.status)
			page, text := written(t, dir)
			wantBoth(t, page, text, test.want...)
			wantBoth(t, page, text, "mnist-cnn: not trained.", "The low-level network was not trained")
			if strings.Contains(page, "%!") {
				t.Error("a number is badly formatted")
			}
		})
	}
}

func TestUnreadableFiles(t *testing.T) {
	for _, name := range []string{runfolder.ConfigFile, runfolder.HistoryJSON, runfolder.PredictionsFile, runfolder.WeightsFile} {
		dir := t.TempDir()
		f := leave(t, dir, "mnist-cnn", history(3), runfolder.Done)
		if err := os.WriteFile(f.Path(name), []byte("{"), 0o644); err != nil {
			t.Fatal(err)
		}
		page, text := written(t, dir)
		wantBoth(t, page, text, "its run cannot be read", cell(name))
	}
	page, text := written(t, t.TempDir())
	wantBoth(t, page, text, "No network has been trained yet")
}

func TestLowLevel(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, LowLevelFolder)
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(content string) (page, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, "accuracy.csv"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return written(t, dir)
	}
	page, text := write("cycle,accuracy,loss\n0,0.1234,\n1,0.5678,2.1\n2,0.9012,1.1\n")
	wantBoth(t, page, text, "After 2 cycles of training the network classifies 90.12 % of its test images correctly; without training 12.34 %.", "filters.png")
	for _, broken := range []string{"", "cycle\n0\n", "cycle,accuracy\n0,x\n", "cycle,accuracy\n0\n"} {
		page, text := write(broken)
		wantBoth(t, page, text, "cannot be read")
	}
}

// Each declaration of the files that answer the questions about code appears in the
// report once, unchanged.
func TestSourceIsTheSource(t *testing.T) {
	page, text := written(t, t.TempDir())
	for _, path := range []string{"tfmodels/cifar10_cnn.go", "graphs/lowlevel/primitives.go", "graphs/lowlevel/conv2d.go", "graphs/lowlevel/relu.go",
		"graphs/lowlevel/maxpool.go", "graphs/lowlevel/normalize.go", "graphs/lowlevel/dense.go", "graphs/lowlevel/softmax.go", "graphs/lowlevel/layer.go", "graphs/lowlevel/graph.go"} {
		source, err := os.ReadFile(filepath.Join("../../../..", path))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(source), "\n") {
			if !strings.HasPrefix(line, "func ") && !strings.HasPrefix(line, "type ") {
				continue
			}
			at := bytes.Index(source, []byte(line))
			end := bytes.Index(source[at:], []byte("\n}\n"))
			declaration := string(source[at : at+end+2])
			if got := strings.Count(page, declaration); got != 1 {
				t.Errorf("%s has the declaration %q of %s %d times, want once", HTMLFile, line, path, got)
			}
			if got := strings.Count(text, declaration); got != 1 {
				t.Errorf("%s has the declaration %q of %s %d times, want once", MarkdownFile, line, path, got)
			}
		}
	}
}

func TestNamesAreNotMarkup(t *testing.T) {
	dir := t.TempDir()
	test(t, leave(t, dir, "mnist-mlp-linear", history(3), runfolder.Done), "a", "<script>alert(1)</script>")
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{HTMLFile, MarkdownFile} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "<script") || !strings.Contains(string(data), "&lt;script") {
			t.Errorf("%s does not escape the name of a class", name)
		}
	}
}

func TestGapFact(t *testing.T) {
	h := history(3)
	h.Epochs[1].Validation.Loss = 1.5 // the lowest; the last is 1.6181
	r := &Run{Name: "net", History: h}
	got := r.gapFact()
	want := fmt.Sprintf("net: highest validation accuracy in epoch 3, lowest validation loss in epoch 2, of 3 epochs. "+
		"The validation loss did not improve after epoch 2. "+
		"At the end, training less validation accuracy is %+.2f percentage points, validation less training loss %+.4f.", -10.10, -0.0990)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// FuzzAccuracy reads arbitrary accuracy files.
func FuzzAccuracy(f *testing.F) {
	f.Add("cycle,accuracy,loss\n0,0.1,\n1,0.9,2\n")
	f.Add("cycle,accuracy\n0,NaN\n1\n")
	f.Add("\"")
	f.Fuzz(func(t *testing.T, content string) {
		path := filepath.Join(t.TempDir(), "accuracy.csv")
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if values, err := readAccuracy(path); err == nil && len(values) == 0 {
			t.Error("neither values nor an error")
		}
	})
}
