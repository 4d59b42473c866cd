package keras

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzParse reads descriptions of networks, and writes those that it could read. Both
// must end without a panic.
func FuzzParse(f *testing.F) {
	seeds, err := filepath.Glob(filepath.Join(fixtures, "*.json"))
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no fixtures: %v", err)
	}
	for _, path := range seeds {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(functional("", tensor("image", 0), `["classes", 0, 0]`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			return
		}
		if _, err := FromModel(m); err != nil {
			return
		}
		written, err := encodeModel(m)
		if err != nil {
			t.Fatalf("read and not written: %v", err)
		}
		if _, err := Parse(written); err != nil {
			t.Fatalf("written and not read again: %v\n%s", err, written)
		}
	})
}

// FuzzReadKeras reads whole .keras files.
func FuzzReadKeras(f *testing.F) {
	for _, name := range []string{"mlp-3.8.keras", "mlp-2.18.keras", "nested-3.15.keras"} {
		data, err := os.ReadFile(filepath.Join(fixtures, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	path := filepath.Join(f.TempDir(), "fuzzed.keras")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		n, err := Open(path)
		if err == nil && n.StoredWeights() == nil {
			t.Error("a .keras file without weights was opened")
		}
	})
}
