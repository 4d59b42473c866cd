package npy

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReadArchive(t *testing.T) {
	entries, err := ReadArchive("testdata/stored.npz")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	if want := []string{"dense/kernel", "dense/bias", "scalar"}; !slices.Equal(names, want) {
		t.Fatalf("names %v, want %v in that order", names, want)
	}
	if got := entries[0].Array.Float32(); !slices.Equal(got, []float32{0, 1, 2, 3, 4, 5}) {
		t.Errorf("dense/kernel is %v", got)
	}
	if a := entries[2].Array; len(a.Shape) != 0 || a.Float64()[0] != 2.5 {
		t.Errorf("scalar is %v of shape %v", a.Float64(), a.Shape)
	}
}

func TestArchiveRoundTrip(t *testing.T) {
	dir := t.TempDir()
	entries := []Entry{{"z/kernel", sequence(3, 4)}, {"a", sequence()}, {"m.npy", sequence(2)}}
	var files [2][]byte
	for i, name := range []string{"1.npz", "2.npz"} {
		path := filepath.Join(dir, name)
		if err := WriteArchive(path, entries); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = content
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same entries give different bytes")
	}
	got, err := ReadArchive(filepath.Join(dir, "1.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(entries) {
		t.Fatalf("%d entries, want %d", len(got), len(entries))
	}
	for i, e := range entries {
		if got[i].Name != e.Name || !slices.Equal(got[i].Array.Float32(), e.Array.Float32()) {
			t.Errorf("entry %d: got %s %v, want %s %v", i, got[i].Name, got[i].Array.Float32(), e.Name, e.Array.Float32())
		}
	}
}

func TestWriteArchiveErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	for want, entries := range map[string][]Entry{
		"occurs twice":     {{"a", sequence(1)}, {"a", sequence(1)}},
		"is empty":         {{"", sequence(1)}},
		"a: no array":      {{"a", nil}},
		"a: array of shap": {{"a", New([]int{2}, nil)}},
	} {
		err := WriteArchive(path, entries)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a file was written, want none", want)
		}
	}
}

// zipOf returns a zip archive of one or more members.
func zipOf(t testing.TB, members ...[2]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, m := range members {
		w, err := z.Create(m[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestReadArchiveErrors(t *testing.T) {
	stored, err := os.ReadFile("testdata/stored.npz")
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(stored)
	changed[bytes.Index(changed, []byte(magic))+128+4] ^= 1 // after the first header
	one := file(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }\n", "x")
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"empty":      {nil, "not an .npz file"},
		"a .npy":     {[]byte(one), "not an .npz file"},
		"cut short":  {stored[:len(stored)-30], "not an .npz file, or one that is cut short"},
		"changed":    {changed, "dense/kernel: zip: checksum error"},
		"other file": {zipOf(t, [2]string{"a.npy", one}, [2]string{"notes.txt", "hello"}), "notes.txt: not a .npy file"},
		"twice":      {zipOf(t, [2]string{"a.npy", one}, [2]string{"a.npy", one}), "a: occurs twice"},
		"member":     {zipOf(t, [2]string{"x/y.npy", one[:len(one)-1]}), "x/y: uint8 array of shape [1]: got 0 bytes of data: want 1"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.npz")
			if err := os.WriteFile(path, c.content, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := ReadArchive(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path+": ") {
				t.Errorf("got %v, want %q and the path in it", err, c.want)
			}
		})
	}
}

func FuzzReadArchive(f *testing.F) {
	for _, name := range []string{"testdata/stored.npz", "testdata/dtypes.npz"} {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
		f.Add(content[:len(content)-1])
	}
	f.Add(zipOf(f, [2]string{"a.npy", ""}))
	f.Fuzz(func(t *testing.T, content []byte) {
		entries, err := readArchive(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return
		}
		for _, e := range entries {
			if _, err := byteSize(e.Array.Shape, 4); err != nil {
				t.Errorf("%s: read an array that cannot be written: %v", e.Name, err)
			}
			if n := len(e.Array.Float32()); n != e.Array.Len() {
				t.Errorf("%s: %d elements, want %d", e.Name, n, e.Array.Len())
			}
		}
	})
}
