package savedmodel_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/savedmodel"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/layers"
)

// TestModelsAreClosed loads a model of 16 MiB repeatedly. If sessions were not closed,
// all of them would stay in memory (https://github.com/galeone/tfgo/issues/72).
func TestModelsAreClosed(t *testing.T) {
	n, err := tfmodels.New("wide", [3]int{28, 28, 1}, layers.Flatten{}, layers.Dense{Units: 5000}, layers.Dense{Units: 10, Activation: layers.Softmax})
	if err != nil {
		t.Fatal(err)
	}
	s := savedmodel.Trained{Model: n, Weights: graphs.InitialWeights(n, 3)}
	dir := filepath.Join(t.TempDir(), "model")
	if err := s.Write(dir); err != nil {
		t.Fatal(err)
	}
	use := func() {
		m, err := serving.Load(dir, serving.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := m.Classify(t.Context(), serving.ClassifierOptions{}) // and makes one prediction
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	const warmUp, rounds, limit = 3, 12, 80 << 20 // 12 models are 180 MiB
	for range warmUp {
		use()
	}
	before := resident(t)
	for range rounds {
		use()
	}
	if grown := resident(t) - before; grown > limit {
		t.Errorf("%d models loaded and closed left %d MiB, want at most %d", rounds, grown>>20, limit>>20)
	}
}

// resident returns the number of bytes of the process's memory.
func resident(t *testing.T) int {
	t.Helper()
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc: ", err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(raw))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
