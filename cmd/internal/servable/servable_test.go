package servable_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/cmd/internal/servable"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/savedmodel"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// TestPredictions compares the served predictions of each network of the lab with those
// of fit.Predict.
func TestPredictions(t *testing.T) {
	const count = 5
	for _, n := range tfmodels.Catalogue() {
		t.Run(n.Name(), func(t *testing.T) {
			data, err := dataset.Open(t.Context(), "sample-"+n.Recipe.Dataset, dataset.Options{})
			if err != nil {
				t.Fatal(err)
			}
			program, err := graphs.Compile(n, graphs.Options{Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			defer program.Close()
			want, err := fit.Predict(t.Context(), program, data.Test.Slice(0, count))
			if err != nil {
				t.Fatal(err)
			}
			_, _, url := serveRun(t, makeRun(t, n, 3))
			body := bodyOf(t, data.Test, count)
			var got struct{ Predictions [][]float64 }
			if err := ask(url+":predict", body, &got); err != nil {
				t.Fatal(err)
			}
			if len(got.Predictions) != count {
				t.Fatalf("%d predictions, want %d", len(got.Predictions), count)
			}
			for i, p := range want.Probabilities {
				if diff := math.Abs(got.Predictions[i/n.Classes()][i%n.Classes()] - float64(p)); diff > 1e-5 {
					t.Errorf("image %d, class %d: apart by %g", i/n.Classes(), i%n.Classes(), diff)
				}
			}
			var shown struct {
				Layers []struct {
					Name  string
					Maps  [][]byte
					Units []struct{ Weights []byte }
				}
			}
			if err := ask(url+":activations", bodyOf(t, data.Test, 1), &shown); err != nil {
				t.Fatal(err)
			}
			if len(shown.Layers) == 0 || len(shown.Layers[0].Maps)+len(shown.Layers[0].Units) == 0 {
				t.Errorf("no layers are shown: %+v", shown)
			}
		})
	}
}

// TestWatch writes new weights repeatedly while a client sends requests: no request is
// lost, and the version changes.
func TestWatch(t *testing.T) {
	n, err := tfmodels.Lookup("mnist-mlp-linear")
	if err != nil {
		t.Fatal(err)
	}
	dir := makeRun(t, n, 1)
	s, from, url := serveRun(t, dir)
	stamp, err := from.Stamp()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reports := make(chan string, 100)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		servable.Watch(ctx, s, from, stamp, 5*time.Millisecond, func(line string) { reports <- line })
	}()
	body := []byte(`{"instances": [` + image(28) + `]}`)
	var asked atomic.Int64
	asking := make(chan error)
	go func() {
		for ctx.Err() == nil {
			var answer map[string]any
			if err := ask(url+":predict", body, &answer); err != nil {
				asking <- err
				return
			}
			asked.Add(1)
		}
		asking <- nil
	}()
	answers := map[string]bool{}
	for seed := range int64(4) {
		writeWeights(t, dir, n, seed+2)
		select {
		case line := <-reports:
			t.Log(line)
		case <-time.After(10 * time.Second):
			t.Fatal("the new weights are not taken up")
		}
		var answer struct{ Predictions [][]float64 }
		if err := ask(url+":predict", body, &answer); err != nil {
			t.Fatal(err)
		}
		answers[fmt.Sprint(answer.Predictions)] = true
	}
	if err := os.WriteFile(filepath.Join(dir, runfolder.WeightsFile), []byte("broken"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Log(<-reports) // the earlier version stays in use
	var answer map[string]any
	if err := ask(url+":predict", body, &answer); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-asking; err != nil {
		t.Error("a request was lost: ", err)
	}
	<-watched
	if len(answers) != 4 || asked.Load() == 0 {
		t.Errorf("%d different answers by 4 versions, %d requests meanwhile", len(answers), asked.Load())
	}
}

// TestSavedModel serves the output of package savedmodel, and the newest of several
// versions.
func TestSavedModel(t *testing.T) {
	n, err := tfmodels.Lookup("mnist-mlp-relu")
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(t.TempDir(), "digits")
	for version := range 2 {
		if err := os.MkdirAll(base, 0o755); err != nil {
			t.Fatal(err)
		}
		w := savedmodel.Trained{Model: n, Weights: graphs.InitialWeights(n, int64(version)), Classes: names(10)}
		if err := w.Write(filepath.Join(base, fmt.Sprint(version+5))); err != nil {
			t.Fatal(err)
		}
	}
	from, err := servable.SavedModel(base, serving.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, d, err := from.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if from.Name() != "digits" || d.Version != 6 || d.Image != [3]int{28, 28, 1} || len(d.Labels) != 10 || d.Labels[3] != "class 3" {
		t.Errorf("%s: %+v", from.Name(), d)
	}
	before, err := from.Stamp()
	if err != nil {
		t.Fatal(err)
	}
	w := savedmodel.Trained{Model: n, Weights: graphs.InitialWeights(n, 9)}
	if err := w.Write(filepath.Join(base, "7")); err != nil {
		t.Fatal(err)
	}
	if after, err := from.Stamp(); err != nil || after == before {
		t.Errorf("a new version has the stamp of the one before: %q, %v", after, err)
	}
}
