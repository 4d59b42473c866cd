package keras

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzReadWeights reads weights of a network in both layouts of Keras. Reading must end
// without a panic, with all weights or an error.
func FuzzReadWeights(f *testing.F) {
	n, err := Open(filepath.Join(fixtures, "mlp-3.8.keras"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range []string{"mlp-3.8.weights.h5", "mlp-2.18.h5"} {
		data, err := os.ReadFile(filepath.Join(fixtures, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := readHDF5(bytes.NewReader(data), int64(len(data)), n)
		if err == nil && len(entries) != len(n.Weights()) {
			t.Errorf("read %d weights of %d without an error", len(entries), len(n.Weights()))
		}
	})
}

// FuzzOpenLegacy reads .h5 files that contain the description of a network.
func FuzzOpenLegacy(f *testing.F) {
	data, err := os.ReadFile(filepath.Join(fixtures, "mlp-2.18.h5"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	path := filepath.Join(f.TempDir(), "fuzzed.h5")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		n, err := Open(path)
		if err == nil && n.StoredWeights() == nil {
			t.Error("a legacy file without weights was opened")
		}
	})
}
