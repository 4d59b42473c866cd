package savedmodel_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/savedmodel"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
	"github.com/tflab/tflab/tfmodels/keras"
)

// TestOtherProgramsPredictTheSame lets other programs read the SavedModels and frozen
// graphs of every network of the catalogue and of two Keras files, and compares their
// predictions.
func TestOtherProgramsPredictTheSame(t *testing.T) {
	for _, tc := range []struct {
		python string // environment variable that holds its path
		ways   []string
	}{
		{"TFLAB_REFERENCE", []string{"load", "uint8", "keras", "resaved", "tflite", "frozen"}},
		{"TFLAB_ONNX", []string{"onnx"}},
	} {
		t.Run(tc.python, func(t *testing.T) {
			python := os.Getenv(tc.python)
			if python == "" {
				t.Skip(tc.python + " is not set to a Python: see CONTRIBUTING.md")
			}
			dir := t.TempDir()
			networks := readable(t, dir)
			args := []string{"../../scripts/reference/read_savedmodel.py"}
			for name := range networks {
				path := filepath.Join(dir, name)
				for _, way := range tc.ways {
					model := path
					if way == "frozen" {
						model += ".pb"
					}
					args = append(args, way, model, path+".npy", path+"."+way+".npy")
				}
			}
			if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for name, want := range networks {
				for _, way := range tc.ways {
					got, err := npy.ReadFile(filepath.Join(dir, name+"."+way+".npy"))
					if err != nil {
						t.Fatal(err)
					}
					near(t, name+" by "+way, got.Float32(), want)
				}
			}
		})
	}
}

// readable writes networks and images for these programs, and returns the predictions
// of a program compiled for training.
func readable(t *testing.T, dir string) map[string][]float32 {
	t.Helper()
	want := map[string][]float32{}
	add := func(name string, s savedmodel.Trained, images *dataset.Set) {
		path := filepath.Join(dir, name)
		pixels := make([]float32, len(images.Images()))
		for i, v := range images.Images() {
			pixels[i] = float32(v)
		}
		shape := images.Shape()
		for _, err := range []error{s.Write(path), s.WriteFrozen(path + ".pb"),
			npy.WriteFile(path+".npy", npy.New([]int{images.Len(), shape[0], shape[1], shape[2]}, pixels))} {
			if err != nil {
				t.Fatal(err)
			}
		}
		want[name] = predict(t, s, images)
	}
	for _, n := range tfmodels.Catalogue() {
		s, images := trained(t, n)
		add(n.Name(), s, images)
	}
	for _, name := range []string{"batchnorm-3.8", "cnn-3.8"} {
		path := filepath.Join("../../testdata/keras", name+".keras")
		n, err := keras.Lookup(path)
		if err != nil {
			t.Fatal(err)
		}
		weights, err := keras.ReadWeights(path, n)
		if err != nil {
			t.Fatal(err)
		}
		images := noise(t, n)
		add(name, savedmodel.Trained{Model: n, Weights: weights, Classes: images.Classes()}, images)
	}
	return want
}

// noise returns a few images of a network's size.
func noise(t *testing.T, n tfmodels.Model) *dataset.Set {
	t.Helper()
	const images = 5
	shape, random := n.InputShape(), rand.New(rand.NewPCG(1, 2))
	pixels := make([]byte, images*shape[0]*shape[1]*shape[2])
	for i := range pixels {
		pixels[i] = byte(random.IntN(256))
	}
	classes := make([]string, n.Classes())
	for i := range classes {
		classes[i] = fmt.Sprint(i)
	}
	set, err := dataset.New(shape, pixels, make([]byte, images), classes)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
