package hdf5

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead reads everything in a file. Reading must end without a panic, and no
// structure may be larger than the file.
func FuzzRead(f *testing.F) {
	fixtures, err := filepath.Glob("testdata/*.h5")
	if err != nil || len(fixtures) == 0 {
		f.Fatalf("no fixtures: %v", err)
	}
	for _, path := range fixtures {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(written(f, many(2)))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := Read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		readAll(t, g, len(data))
	})
}

func readAll(t *testing.T, g *Group, size int) {
	for _, d := range g.Datasets {
		if v, err := d.Float32(); err == nil && 4*len(v) > size {
			t.Errorf("%s: %d elements of a file of %d bytes", d.Path, len(v), size)
		}
		d.Int64() //nolint:errcheck // only that it ends
	}
	for _, a := range g.attributes {
		g.Strings(a.name) //nolint:errcheck // only that it ends
	}
	for _, child := range g.Groups {
		readAll(t, child, size)
	}
}
