package savedmodel_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/galeone/tfgo"
	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/savedmodel"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// trained returns a network with untrained weights, and images for it.
func trained(t *testing.T, n tfmodels.Network) (savedmodel.Trained, *dataset.Set) {
	t.Helper()
	data, err := dataset.Open(t.Context(), "sample-"+n.Recipe.Dataset, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return savedmodel.Trained{Model: n, Weights: graphs.InitialWeights(n, 3), Classes: data.Test.Classes()}, data.Test.Slice(0, 7)
}

// predict returns the predictions of a program compiled for training.
func predict(t *testing.T, s savedmodel.Trained, images *dataset.Set) []float32 {
	t.Helper()
	program, err := graphs.Compile(s.Model, graphs.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	if err := program.SetWeights(s.Weights); err != nil {
		t.Fatal(err)
	}
	p, err := fit.Predict(t.Context(), program, images)
	if err != nil {
		t.Fatal(err)
	}
	return p.Probabilities
}

func TestWhatIsWrittenPredictsTheSame(t *testing.T) {
	for _, n := range tfmodels.Catalogue() {
		t.Run(n.Name(), func(t *testing.T) {
			s, images := trained(t, n)
			want := predict(t, s, images)

			dir := filepath.Join(t.TempDir(), "model")
			if err := s.Write(dir); err != nil {
				t.Fatal(err)
			}
			loaded, err := serving.Load(dir, serving.Options{Threads: 1})
			if err != nil {
				t.Fatal(err)
			}
			opened, err := s.Open(serving.Options{Threads: 1, Version: 4})
			if err != nil {
				t.Fatal(err)
			}
			for what, m := range map[string]*serving.Model{"SavedModel": loaded, "Open": opened} {
				for _, signature := range []string{"", savedmodel.BytesSignature} {
					c, err := m.Classify(t.Context(), serving.ClassifierOptions{Signature: signature})
					if err != nil {
						t.Fatal(err)
					}
					if !slices.Equal(c.Classes(), s.Classes) {
						t.Errorf("%s: classes %v, want %v", what, c.Classes(), s.Classes)
					}
					got, err := c.Predict(t.Context(), serving.Images{Bytes: images.Images()})
					if err != nil {
						t.Fatal(err)
					}
					near(t, what+" "+signature, got, want)
				}
				if err := m.Close(); err != nil {
					t.Error(err)
				}
			}
			if loaded.Name() != "model" || opened.Name() != n.Name() || opened.Version() != 4 {
				t.Errorf("names %s and %s, version %d", loaded.Name(), opened.Name(), opened.Version())
			}
		})
	}
}

func TestFrozenGraphInTFGo(t *testing.T) {
	n, err := tfmodels.Lookup("mnist-mlp-relu")
	if err != nil {
		t.Fatal(err)
	}
	s, images := trained(t, n)
	path := filepath.Join(t.TempDir(), "frozen.pb")
	if err := s.WriteFrozen(path); err != nil {
		t.Fatal(err)
	}
	m := tfgo.ImportModel(path, "", nil)
	x := make([][28][28][1]float32, images.Len())
	for i := range x {
		for j, v := range images.Image(i) {
			x[i][j/28][j%28][0] = float32(v) / 255
		}
	}
	in, err := tf.NewTensor(x)
	if err != nil {
		t.Fatal(err)
	}
	out := m.Exec([]tf.Output{m.Op("probabilities", 0)}, map[tf.Output]*tf.Tensor{m.Op("image", 0): in})
	near(t, "frozen", slices.Concat(out[0].Value().([][]float32)...), predict(t, s, images))
}

func TestNothingIsLost(t *testing.T) {
	n, err := tfmodels.Lookup("mnist-mlp-linear")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := trained(t, n)
	for name, write := range map[string]func(string) error{"savedmodel": s.Write, "checkpoint": s.WriteCheckpoint} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "out")
			for range 2 { // the second replaces the first
				if err := write(dir); err != nil {
					t.Fatal(err)
				}
			}
			notes := filepath.Join(dir, "notes.txt")
			if err := os.WriteFile(notes, []byte("mine"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := write(dir); err == nil || !strings.Contains(err.Error(), "notes.txt, which would be lost") {
				t.Errorf("got %v, want a refusal", err)
			}
			if _, err := os.Stat(notes); err != nil {
				t.Error(err)
			}
			if err := write(notes); err == nil || !strings.Contains(err.Error(), "is a file") {
				t.Errorf("got %v, want that it is a file", err)
			}
			rest, err := os.ReadDir(filepath.Dir(dir))
			if err != nil || len(rest) != 1 {
				t.Errorf("beside the folder: %v, %v, want nothing", rest, err)
			}
		})
	}
}

func TestWhatIsNotWritten(t *testing.T) {
	n, err := tfmodels.Lookup("mnist-mlp-linear")
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := trained(t, n)
	for name, tc := range map[string]struct {
		change func(*savedmodel.Trained)
		want   string
	}{
		"too few classes": {func(s *savedmodel.Trained) { s.Classes = s.Classes[:3] }, "3 names of classes"},
		"two lines":       {func(s *savedmodel.Trained) { s.Classes = slices.Concat([]string{"a\nb"}, s.Classes[1:]) }, "line break"},
		"missing weights": {func(s *savedmodel.Trained) { s.Weights = s.Weights[1:] }, `"dense/kernel" is missing`},
	} {
		t.Run(name, func(t *testing.T) {
			s := whole
			tc.change(&s)
			for _, write := range []func(string) error{s.Write, s.WriteFrozen, s.WriteCheckpoint} {
				dir := t.TempDir()
				err := write(filepath.Join(dir, "out"))
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("got %v, want %q", err, tc.want)
				}
				if rest, _ := os.ReadDir(dir); len(rest) != 0 {
					t.Errorf("left %v", rest)
				}
			}
		})
	}
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(float64(got[i]-want[i])) <= 1e-6) {
			t.Fatalf("%s: number %d: got %v, want %v", what, i, got[i], want[i])
		}
	}
}
