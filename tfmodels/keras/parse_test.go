package keras

import (
	"os"
	"path/filepath"
	"testing"
)

// TestParse parses every description of the fixtures.
func TestParse(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(fixtures, "*.json"))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d fixtures, %v: want 50 or more", len(files), err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(data); err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
}
