package npy

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDTypes reads every dtype, byte order and memory layout from a file that NumPy
// wrote; testdata/make.py lists its content.
func TestDTypes(t *testing.T) {
	entries, err := ReadArchive("testdata/dtypes.npz")
	if err != nil {
		t.Fatal(err)
	}
	if want := 12 * 2 * 2; len(entries) != want {
		t.Fatalf("%d arrays, want %d", len(entries), want)
	}
	for _, e := range entries {
		t.Run(e.Name, func(t *testing.T) {
			code, _, _ := strings.Cut(e.Name, "/")
			if got, want := e.Array.DType(), numpyName(code); got != want {
				t.Errorf("dtype %s, want %s", got, want)
			}
			if !slices.Equal(e.Array.Shape, []int{2, 3}) {
				t.Fatalf("shape %v, want [2 3]", e.Array.Shape)
			}
			want := []float64{0, 1, 2, 10, 11, 12}
			for i := range want {
				switch code[0] {
				case 'b':
					want[i] = min(want[i], 1)
				case 'i', 'f':
					want[i] = -want[i]
				}
			}
			if got := e.Array.Float64(); !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			for i, got := range e.Array.Float32() {
				if float64(got) != want[i] {
					t.Errorf("as float32, element %d: got %v, want %v", i, got, want[i])
				}
			}
			bytes, err := e.Array.Uint8()
			if negative := want[1] < 0; negative != (err != nil) {
				t.Errorf("as uint8: got %v, error %v", bytes, err)
			} else if !negative && bytes[5] != uint8(want[5]) {
				t.Errorf("as uint8: got %v, want %v", bytes, want)
			}
		})
	}
}

func numpyName(code string) string {
	kind := map[byte]string{'b': "bool", 'i': "int", 'u': "uint", 'f': "float"}[code[0]]
	if kind == "bool" {
		return kind
	}
	return kind + map[byte]string{'1': "8", '2': "16", '4': "32", '8': "64"}[code[1]]
}

func TestFixtures(t *testing.T) {
	inf, count := math.Inf(1), []float64{}
	for i := range 24 {
		count = append(count, float64(i))
	}
	for _, c := range []struct {
		file, dtype string
		shape       []int
		want        []float64
	}{
		// 6e-8 is the smallest subnormal of float16, 2^-24; -6.1e-5 is -1023 of them.
		{"float16.npy", "float16", []int{9}, []float64{0, math.Copysign(0, -1), math.Ldexp(1, -24), math.Ldexp(-1023, -24), 1, 65504, inf, -inf, math.NaN()}},
		{"fortran3.npy", "int16", []int{2, 3, 4}, count},
		{"empty.npy", "float32", []int{0, 3}, []float64{}},
		{"version2.npy", "float32", []int{4}, count[:4]},
		{"version3.npy", "float32", []int{4}, count[:4]},
	} {
		t.Run(c.file, func(t *testing.T) {
			a, err := ReadFile(filepath.Join("testdata", c.file))
			if err != nil {
				t.Fatal(err)
			}
			if a.DType() != c.dtype || !slices.Equal(a.Shape, c.shape) {
				t.Errorf("%s %v, want %s %v", a.DType(), a.Shape, c.dtype, c.shape)
			}
			same := func(a, b float64) bool {
				return math.IsNaN(a) && math.IsNaN(b) || math.Float64bits(a) == math.Float64bits(b)
			}
			if got := a.Float64(); !slices.EqualFunc(got, c.want, same) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// file assembles a file from a header and elements.
func file(version byte, header, data string) string {
	size := []byte{byte(len(header)), byte(len(header) >> 8)}
	if version > 1 {
		size = append(size, 0, 0)
	}
	return magic + string([]byte{version, 0}) + string(size) + header + data
}

func TestReadErrors(t *testing.T) {
	head := func(descr, shape string) string {
		return fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", descr, shape)
	}
	for name, c := range map[string]struct{ content, want string }{
		"empty":          {"", "not a .npy file"},
		"text":           {"1.0, 2.0, 3.0\n", `starts with "1.0, 2": want "\x93NUMPY"`},
		"version":        {file(9, head("<f4", "(1,)"), ""), "format version 9"},
		"no header":      {magic + "\x01\x00\x46\x00{'descr'", "header is cut short"},
		"no length":      {magic + "\x01\x00\x46", "header is cut short"},
		"long header":    {magic + "\x02\x00\xff\xff\xff\xff", "header of 4294967295 bytes"},
		"not a header":   {file(1, "{'shape': (1,)}\n", ""), "want {'descr'"},
		"complex":        {file(1, head("<c8", "(1,)"), "12345678"), `dtype "<c8"`},
		"object":         {file(1, head("|O", "(1,)"), "12345678"), `dtype "|O"`},
		"long double":    {file(1, head("<f16", "(1,)"), "12345678"), `dtype "<f16"`},
		"negative":       {file(1, head("<f4", "(2, -3)"), ""), "dimension -3"},
		"overflow":       {file(1, head("<f4", "(4294967296, 4294967296)"), ""), "size exceeds the address space"},
		"hidden by zero": {file(1, head("<f4", "(0, 4294967296, 4294967296)"), ""), "size exceeds the address space"},
		"many digits":    {file(1, head("<f4", "(99999999999999999999,)"), ""), "dimension 99999999999999999999"},
		"cut short":      {file(1, head("<f4", "(2,)"), "1234567"), "got 7 bytes of data: want 8; the file is cut short"},
		"claims much":    {file(1, head("<f8", "(1000000, 1000000)"), "1234567"), "got 7 bytes of data: want 8000000000000"},
		"too long":       {file(1, head("<f4", "(2,)"), "123456789"), "1 bytes follow the 8 bytes of data"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.content))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	for _, name := range []string{"complex.npy", "object.npy", "fields.npy"} {
		path := filepath.Join("testdata", name)
		if _, err := ReadFile(path); err == nil || !strings.HasPrefix(err.Error(), path+": dtype ") {
			t.Errorf("got %v, want an error that names %s and its dtype", err, path)
		}
	}
}

func TestUint8OutOfRange(t *testing.T) {
	for _, v := range []float32{-1, 256, 0.5, float32(math.NaN()), float32(math.Inf(1))} {
		if got, err := New([]int{2}, []float32{3, v}).Uint8(); err == nil || !strings.Contains(err.Error(), "element 1") {
			t.Errorf("%v: got %v and %v, want an error about element 1", v, got, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("testdata/*.npy")
	if err != nil || len(names) == 0 {
		f.Fatal("no fixtures", err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
		f.Add(content[:len(content)-1])
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		a, err := Read(bytes.NewReader(content))
		if err != nil {
			return
		}
		if len(a.raw) > len(content) {
			t.Errorf("%d bytes of elements from %d bytes", len(a.raw), len(content))
		}
		var again bytes.Buffer
		if err := write(&again, a); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		b, err := Read(&again)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if !slices.Equal(a.Shape, b.Shape) || !slices.EqualFunc(a.Float32(), b.Float32(), func(x, y float32) bool {
			return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
		}) {
			t.Errorf("read %v, and after writing %v", a, b)
		}
	})
}
