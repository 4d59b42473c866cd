package keras

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
)

// TestSave writes every network of the fixtures and loads the files with two releases
// of Keras: see scripts/reference/kerascheck.py.
func TestSave(t *testing.T) {
	dir := t.TempDir()
	eachNetwork(t, func(name string, n *Network) {
		stored := arrays(t, name)
		var weights []npy.Entry
		for _, w := range n.Weights() {
			weights = append(weights, npy.Entry{Name: w.Name, Array: stored[keras2Name(stored, "before/"+w.Name)]})
		}
		path := filepath.Join(dir, name+".keras")
		if err := Save(path, n, weights, n.Model.Compile); err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		first, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Open(path)
		if err != nil {
			t.Errorf("%s: written and read again: %v", name, err)
			return
		}
		if err := Save(path, again, again.StoredWeights(), again.Model.Compile); err != nil {
			t.Fatal(err)
		}
		if second, err := os.ReadFile(path); err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: what is read and written again is another file, %v", name, err)
		}
	})
	checkWithKeras(t, dir, fixtures)
}

// TestSaveCatalogue writes networks that are not from a file.
func TestSaveCatalogue(t *testing.T) {
	dir := t.TempDir()
	for _, listed := range tfmodels.Catalogue() {
		weights := graphs.InitialWeights(listed, 1)
		how, err := CompileWith(Method{Optimizer: "rmsprop", LearningRate: 1e-4, Decay: 1e-6, Hyperparameters: map[string]float64{"rho": 0.9, "momentum": 0, "epsilon": 1e-7}})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, listed.Name()+".keras")
		if err := Save(path, listed, weights, how); err != nil {
			t.Errorf("%s: %v", listed.Name(), err)
			continue
		}
		n, err := Open(path)
		if err != nil {
			t.Error(err)
			continue
		}
		recipe := n.Recipe()
		schedule := optim.Decay{Class: "InverseTimeDecay", InitialRate: 1e-4, DecaySteps: 1, DecayRate: 1e-6}
		if err := recipe.Check(false); err != nil || recipe.Optimizer != "rmsprop" || recipe.Schedule == nil || !reflect.DeepEqual(*recipe.Schedule, schedule) {
			t.Errorf("%s: the recipe is %+v, %v", listed.Name(), recipe, err)
		}
		if got, want := n.Parameters(), listed.Parameters(); got != want {
			t.Errorf("%s: %d parameters: want %d", listed.Name(), got, want)
		}
		rows := listed.Summary()
		for i, row := range n.Summary() {
			if want := rows[i]; row.Name != want.Name || row.Kind != want.Kind {
				t.Errorf("%s: layer %d is %s (%s): want %s (%s)", listed.Name(), i, row.Name, row.Kind, want.Name, want.Kind)
			}
		}
	}
}

// checkWithKeras runs kerascheck.py with every installed release of Keras.
func checkWithKeras(t *testing.T, written, fixtures string) {
	t.Helper()
	for _, variable := range []string{"TFLAB_REFERENCE", "TFLAB_KERAS_3_15"} {
		python := os.Getenv(variable)
		if python == "" {
			t.Logf("%s is not set: not loaded with that Keras", variable)
			continue
		}
		script := filepath.Join("..", "..", "scripts", "reference", "kerascheck.py")
		out, err := exec.Command(python, script, written, fixtures).CombinedOutput()
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if err != nil {
			t.Errorf("%s: %v: %s", variable, err, lines[len(lines)-1])
			continue
		}
		t.Logf("%s: %s", variable, lines[len(lines)-1])
	}
}
