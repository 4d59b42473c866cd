package npy

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sbinet/npyio"
)

// sequence returns an array of distinct values that need the full precision of float32.
func sequence(shape ...int) *Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(i) + 1/float32(3+i)
	}
	return New(shape, data)
}

func shapes() [][]int {
	return [][]int{nil, {0}, {1}, {7}, {2, 3}, {3, 3, 1, 32}, {2, 0, 5}}
}

func TestRoundTrip(t *testing.T) {
	for _, shape := range shapes() {
		path := filepath.Join(t.TempDir(), "a.npy")
		want := sequence(shape...)
		if err := WriteFile(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Shape, shape) || !slices.Equal(got.Float32(), want.Float32()) || got.DType() != "float32" {
			t.Errorf("shape %v: got %v %v %v", shape, got.DType(), got.Shape, got.Float32())
		}
	}
}

// TestWriteOracle reads the written file with another implementation of the format.
func TestWriteOracle(t *testing.T) {
	var buf bytes.Buffer
	want := sequence(2, 3)
	if err := write(&buf, want); err != nil {
		t.Fatal(err)
	}
	if offset := bytes.IndexByte(buf.Bytes(), '\n') + 1; offset%64 != 0 {
		t.Errorf("elements begin at byte %d, want a multiple of 64", offset)
	}
	var got []float32
	if err := npyio.Read(&buf, &got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want.Float32()) {
		t.Errorf("npyio reads %v, want %v", got, want.Float32())
	}
}

func TestWriteErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.npy")
	if err := os.WriteFile(path, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]*Array{
		"too few":  New([]int{2, 2}, []float32{1, 2, 3}),
		"too many": New([]int{2}, []float32{1, 2, 3}),
		"negative": New([]int{-1}, nil),
		"no array": {},
	} {
		if err := WriteFile(path, a); err == nil || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%s: got %v, want an error that names %s", name, err, path)
		}
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "before" {
		t.Errorf("the file holds %q, %v, want what was there before", content, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	missing := filepath.Join(dir, "no", "a.npy")
	if err := WriteFile(missing, sequence(2)); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("got %v, want an error that names %s", err, missing)
	}
}

// numpy runs a Python program. It skips the test if NumPy is not installed.
func numpy(t *testing.T, program string, args ...string) string {
	t.Helper()
	if err := exec.Command("python3", "-c", "import numpy").Run(); err != nil {
		t.Skip("python3 with numpy is not there: ", err)
	}
	out, err := exec.Command("python3", append([]string{"-c", program}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("python3: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestNumPyReads reads both kinds of file with NumPy.
func TestNumPyReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	var entries []Entry
	var want []string
	for i, shape := range shapes() {
		name, a := fmt.Sprint("layer/", i), sequence(shape...)
		sum := 0.0
		for _, v := range a.Float32() {
			sum += float64(v)
		}
		entries = append(entries, Entry{name, a})
		want = append(want, fmt.Sprintf("%s float32 %v %.6f", name, shape, sum))
	}
	if err := WriteArchive(path, entries); err != nil {
		t.Fatal(err)
	}
	got := numpy(t, `
import sys, numpy as np
for k, a in np.load(sys.argv[1]).items():
    print(k, a.dtype, "[" + " ".join(map(str, a.shape)) + "]", "%.6f" % a.astype("f8").sum())
`, path)
	if got != strings.Join(want, "\n") {
		t.Errorf("NumPy reads\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}
