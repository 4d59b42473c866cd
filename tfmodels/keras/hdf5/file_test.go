package hdf5

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".h5"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func read(t testing.TB, data []byte) *Group {
	t.Helper()
	g, err := Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var numbers = []float32{-2.5, -1.5, -0.5, 0.5, 1.5, 2.5}

// TestReadKeras reads files that h5py wrote with its defaults.
func TestReadKeras(t *testing.T) {
	g := read(t, fixture(t, "keras"))
	for _, c := range []struct {
		path  string
		shape []int
		want  []float32
	}{
		{"layers/dense/vars/0", []int{2, 3}, numbers},
		{"layers/dense/vars/1", []int{}, []float32{7}},
		{"layers/dense/vars/2", []int{0, 3}, []float32{}},
	} {
		d := g.Dataset(c.path)
		if d == nil {
			t.Errorf("%s is missing", c.path)
			continue
		}
		got, err := d.Float32()
		if err != nil || !slices.Equal(got, c.want) || !slices.Equal(d.Shape, c.shape) || d.Path != c.path {
			t.Errorf("%s is %v of %v (%s, %v): want %v of %v", c.path, got, d.Shape, d.Path, err, c.want, c.shape)
		}
	}
	if got, err := g.Dataset("optimizer/vars/0").Int64(); err != nil || !slices.Equal(got, []int64{-3}) {
		t.Errorf("int64 scalar: got %v, %v: want [-3]", got, err)
	}
	if g.Group("layers/flatten/vars") == nil || g.Group("layers/dense/other") != nil || g.Dataset("layers/none/vars/0") != nil {
		t.Error("finds groups that are not there, or does not find those that are")
	}
}

func TestStrings(t *testing.T) {
	g := read(t, fixture(t, "keras"))
	for name, want := range map[string][]string{
		"keras_version": {"3.8.0"},
		"layer_names":   {"dense", "flatten_1"},
		"model_config":  {`{"class_name": "Séquentiel"}`},
		"weight_names":  nil,
		"variable":      {"one", "", "three"},
	} {
		if got, ok, err := g.Strings(name); err != nil || !ok || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v, %v: want %q", name, got, ok, err, want)
		}
	}
	if _, ok, err := g.Strings("missing"); ok || err != nil {
		t.Errorf("missing attribute: got %v, %v", ok, err)
	}
	if _, _, err := g.Strings("count"); err == nil || err.Error() != `attribute "count" of group / is int64: want strings` {
		t.Errorf("number as strings: got %v", err)
	}
}

// TestReadLarge covers B-trees of several nodes, continued headers and elements
// within the header.
func TestReadLarge(t *testing.T) {
	wide := read(t, fixture(t, "wide"))
	if len(wide.Datasets) != 300 {
		t.Errorf("got %d datasets: want 300", len(wide.Datasets))
	}
	if v, err := wide.Dataset("217").Float32(); err != nil || v[0] != 217 {
		t.Errorf("217: got %v, %v", v, err)
	}
	continued := read(t, fixture(t, "continued"))
	if v, _, err := continued.Strings("attribute_39"); err != nil || len(v) != 1 || v[0] != strings.Repeat("x", 39) {
		t.Errorf("attribute of a continued header: got %q, %v", v, err)
	}
	if v, err := read(t, fixture(t, "compact")).Dataset("compact").Float32(); err != nil || !slices.Equal(v, numbers) {
		t.Errorf("compact: got %v, %v: want %v", v, err, numbers)
	}
}

// TestRefuse reads datasets that this package cannot decode.
func TestRefuse(t *testing.T) {
	g := read(t, fixture(t, "refused"))
	for name, want := range map[string]string{
		"half":      "dataset /half holds float16: want float32",
		"double":    "dataset /double holds float64: want float32",
		"big":       "dataset /big holds float32, big-endian: want float32",
		"bool":      "dataset /bool holds elements of class 8 (enumerated, as NumPy's bool): want float32",
		"text":      "dataset /text holds strings of variable length: want float32",
		"null":      "dataset /null is empty (a null dataspace)",
		"gzip":      "dataset /gzip is compressed or filtered",
		"chunked":   "dataset /chunked is stored in chunks",
		"unwritten": "dataset /unwritten has no elements stored",
	} {
		if _, err := g.Dataset(name).Float32(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v: want %q", name, err, want)
		}
	}
	if _, err := g.Dataset("half").Int64(); err == nil {
		t.Error("float16 as int64: want an error")
	}
}

// TestReadBad reads files that Read refuses.
func TestReadBad(t *testing.T) {
	keras := fixture(t, "keras")
	changed := func(at int, b ...byte) []byte {
		data := bytes.Clone(keras)
		copy(data[at:], b)
		return data
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":       {nil, "not an HDF5 file, or one that is cut short"},
		"text":        {[]byte("a text of some length, which is no HDF5"), "not an HDF5 file, or one that is cut short"},
		"signature":   {keras[:9], "reaches beyond the file's end"},
		"cut":         {keras[:len(keras)-1], "the file is cut short"},
		"latest":      {fixture(t, "latest"), `superblock of version 3, as h5py writes it with libver="latest"`},
		"ordered":     {fixture(t, "ordered"), "track_order"},
		"linked":      {fixture(t, "linked"), `"b" is a soft link`},
		"circle":      {fixture(t, "circle"), "nested more than 64 deep"},
		"offsets":     {changed(13, 4), "offsets of 4 bytes"},
		"base":        {changed(24, 8), "base address of 8"},
		"header":      {changed(64, 255, 255, 255, 255, 255, 255, 255, 255), "beyond the file's end"},
		"header at 0": {changed(64, 0, 0, 0, 0, 0, 0, 0, 0), "version 137: want 1"},
	} {
		if _, err := Read(bytes.NewReader(c.data), int64(len(c.data))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v: want %q", name, err, c.want)
		}
	}
}
