package keras

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/layers"
)

// fixtures is the folder of networks that Keras has written.
var fixtures = filepath.Join("..", "..", "testdata", "keras")

// arrays returns the arrays of an .npz file of the fixtures.
func arrays(t testing.TB, name string) map[string]*npy.Array {
	t.Helper()
	entries, err := npy.ReadArchive(filepath.Join(fixtures, name+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*npy.Array{}
	for _, e := range entries {
		all[e.Name] = e.Array
	}
	return all
}

func network(t testing.TB, name string) tfmodels.Model {
	t.Helper()
	input, stack := [3]int{5, 4, 1}, []layers.Layer{layers.Flatten{}, layers.Dense{Units: 5, Activation: layers.ReLU}}
	if name == "cnn" {
		input = [3]int{8, 8, 1}
		stack = []layers.Layer{layers.Conv2D{Filters: 2, Kernel: layers.Square(3), Same: true, Activation: layers.ReLU},
			layers.Conv2D{Filters: 3, Kernel: layers.Square(3), Activation: layers.ReLU}, layers.MaxPool2D{Size: layers.Square(2)}, layers.Flatten{}}
	}
	m, err := tfmodels.New(name, input, append(stack, layers.Dense{Units: 3, Activation: layers.Softmax})...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestReadWeights reads every kind of file from three releases of Keras.
func TestReadWeights(t *testing.T) {
	for _, name := range []string{"mlp", "cnn"} {
		for _, release := range []string{"2.18", "3.8", "3.15"} {
			want := arrays(t, name+"-"+release)
			for _, ending := range []string{".keras", ".weights.h5", ".h5"} {
				file := name + "-" + release + ending
				m := network(t, name)
				got, err := ReadWeights(filepath.Join(fixtures, file), m)
				if err != nil {
					t.Errorf("%s", err)
					continue
				}
				for i, w := range m.Weights() {
					if got[i].Name != w.Name || !slices.Equal(got[i].Array.Float32(), want["before/"+w.Name].Float32()) {
						t.Errorf("%s: weight %d, %s, is not Keras's %s", file, i, got[i].Name, w.Name)
					}
				}
			}
		}
	}
}

func TestReadWeightsOfAnotherNetwork(t *testing.T) {
	for _, c := range []struct{ file, network, want string }{
		{"cnn-3.8.keras", "mlp", `model.weights.h5: layer "dense" (Dense): layers/dense/vars/0 has the shape [27 3]: want [20 5] for its kernel`},
		{"mlp-3.8.weights.h5", "cnn", `layer "conv2d" (Conv2D): layers/conv2d has no arrays: want kernel [3 3 1 2], bias [2]`},
		{"mlp-2.18.h5", "cnn", "has 2 layers with weights (dense, dense_1): cnn has 3 (conv2d, conv2d_1, dense)"},
		{"nested-3.8.weights.h5", "mlp", `layer "dense" (Dense): layers/dense/vars/0 has the shape [2 3]: want [20 5] for its kernel`},
	} {
		path := filepath.Join(fixtures, c.file)
		if _, err := ReadWeights(path, network(t, c.network)); err == nil || err.Error() != path+": "+c.want {
			t.Errorf("got  %v\nwant %s: %s", err, path, c.want)
		}
	}
}

// TestReadWeightsSurplus reads a file with one layer more than the network.
func TestReadWeightsSurplus(t *testing.T) {
	small, err := tfmodels.New("small", [3]int{5, 4, 1}, layers.Flatten{}, layers.Dense{Units: 5, Activation: layers.Softmax})
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadWeights(filepath.Join(fixtures, "mlp-3.8.weights.h5"), small)
	if want := "layers/dense_1 has 2 arrays of shapes [5 3], [3]: small has no layer with weights for them"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v: want %s", err, want)
	}
}

// TestReadWeightsBad reads archives that are damaged or malicious.
func TestReadWeightsBad(t *testing.T) {
	sound, err := os.ReadFile(filepath.Join(fixtures, "mlp-3.8.keras"))
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(sound)
	damaged[len(damaged)/2] ^= 1
	pack := func(method uint16, name string, size int) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":   {nil, "not a .keras file, or one that is cut short"},
		"cut":     {sound[:len(sound)/2], "not a .keras file, or one that is cut short"},
		"damaged": {damaged, "model.weights.h5 is damaged or cut short: its checksum does not match"},
		"other":   {pack(zip.Store, "other", 1), "model.weights.h5 is missing in the archive"},
		"zeros":   {pack(zip.Store, weightsFile, 100), "model.weights.h5: not an HDF5 file"},
		"bomb":    {pack(zip.Deflate, weightsFile, 1<<26), "model.weights.h5 would expand from"},
	} {
		path := filepath.Join(t.TempDir(), name+".keras")
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadWeights(path, network(t, "mlp")); err == nil || !strings.HasPrefix(err.Error(), path+": "+c.want) {
			t.Errorf("%s: got %v: want %s", name, err, c.want)
		}
	}
}

// TestWriteWeights reads back the written file.
func TestWriteWeights(t *testing.T) {
	for _, name := range []string{"mlp", "cnn"} {
		m := network(t, name)
		want, err := ReadWeights(filepath.Join(fixtures, name+"-3.8.keras"), m)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "written.weights.h5")
		if err := WriteWeights(path, m, want); err != nil {
			t.Fatal(err)
		}
		got, err := ReadWeights(path, m)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range want {
			if !slices.Equal(got[i].Array.Float32(), e.Array.Float32()) {
				t.Errorf("%s: %s differs after writing and reading", name, e.Name)
			}
		}
		loadWithKeras(t, name, path)
	}
}

// loadWithKeras loads written weights into Keras's own model, and compares the model's
// output with the output that Keras stored.
func loadWithKeras(t *testing.T, name, path string) {
	t.Helper()
	for _, variable := range []string{"TFLAB_REFERENCE", "TFLAB_KERAS_3_15"} {
		python := os.Getenv(variable)
		if python == "" {
			t.Logf("%s is not set: not loaded with that Keras", variable)
			continue
		}
		const program = `
import sys, keras, numpy as np
model = keras.models.model_from_json(open(sys.argv[1] + ".json").read())
model.load_weights(sys.argv[2])
stored = np.load(sys.argv[1] + ".npz")
np.testing.assert_allclose(model(stored["images"]), stored["output"], rtol=0, atol=1e-6)
`
		out, err := exec.Command(python, "-c", program, filepath.Join(fixtures, name+"-3.8"), path).CombinedOutput()
		if err != nil {
			t.Errorf("%s, %s: %v\n%s", name, variable, err, out)
		}
	}
}
