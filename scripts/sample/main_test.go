package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tflab/tflab/tfmodels/dataset"
)

const sample = "../../tfmodels/dataset/sample"

// TestRun makes a sample of the sample, which has the format of the full data sets, and
// expects all of it.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
	out := t.TempDir()
	if err := run(sample, out); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		name, err := filepath.Rel(out, path)
		if err != nil {
			return err
		}
		if !bytes.Equal(content(t, path), content(t, filepath.Join(sample, name))) {
			t.Errorf("%s is not what it was cut from", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := 4 + 7; files != want {
		t.Errorf("%d files, want %d", files, want)
	}
}

// content reads a file and decompresses it if it is gzipped.
func content(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPick(t *testing.T) {
	set, err := dataset.New([3]int{1, 1, 1}, make([]byte, 6), []uint8{1, 0, 1, 1, 0, 0}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	picked, err := pick(set, 2)
	if err != nil || len(picked) != 4 || picked[2] != 2 || picked[3] != 4 {
		t.Errorf("picked %v, %v, want 0 1 2 4", picked, err)
	}
	if _, err := pick(set, 4); err == nil {
		t.Error("picked 4 of each, but there are 3")
	}
}
