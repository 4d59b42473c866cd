package dataset

import (
	"bytes"
	"compress/gzip"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs/npy"
)

// idxFile makes an idx file of unsigned bytes.
func idxFile(data []byte, shape ...int) []byte {
	head := []byte{0, 0, 8, byte(len(shape))}
	for _, n := range shape {
		head = append(head, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(head, data...)
}

// fill returns n bytes that differ from their neighbours.
func fill(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(i*7 + i/251)
	}
	return out
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// writeFiles writes files under a new folder, and returns it.
func writeFiles(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// renamed returns files with their names changed.
func renamed(files map[string][]byte, rename func(string) string) map[string][]byte {
	out := make(map[string][]byte)
	for name, content := range files {
		out[rename(name)] = content
	}
	return out
}

func TestMNISTSpellings(t *testing.T) {
	emptyHome(t)
	plain := smallMNIST()
	zipped := make(map[string][]byte)
	for name, content := range plain {
		zipped[name+".gz"] = gzipped(t, content)
	}
	dotted := renamed(plain, func(name string) string { return strings.Replace(name, "-idx", ".idx", 1) })
	for name, files := range map[string]map[string][]byte{
		"plain":      plain,
		"gzipped":    zipped,
		"dotted":     dotted,
		"sub-folder": renamed(zipped, func(name string) string { return "mnist/" + name }),
	} {
		t.Run(name, func(t *testing.T) {
			data, err := MNIST(writeFiles(t, files))
			if err != nil {
				t.Fatal(err)
			}
			if data.Name != "mnist" || data.Sample || data.Train.Shape() != [3]int{28, 28, 1} {
				t.Errorf("got %s of %v", data.Name, data.Train.Shape())
			}
			if !bytes.Equal(data.Train.Images(), fill(3*784)) || !bytes.Equal(data.Test.Images(), fill(2*784)) {
				t.Error("images are not those of the files")
			}
			if !bytes.Equal(data.Train.Labels(), []byte{7, 0, 9}) || !bytes.Equal(data.Test.Labels(), []byte{1, 2}) {
				t.Errorf("labels %v and %v, want 7 0 9 and 1 2", data.Train.Labels(), data.Test.Labels())
			}
		})
	}
}

func TestMNISTErrors(t *testing.T) {
	emptyHome(t)
	for name, c := range map[string]struct {
		file    string
		content []byte
		want    string
	}{
		"magic of labels": {"train-images-idx3-ubyte", idxFile(fill(3), 3), "magic number: got 0x00000801: want 0x00000803"},
		"magic of floats": {"train-images-idx3-ubyte", []byte{0, 0, 13, 3}, "got 0x00000d03: want 0x00000803"},
		"empty":           {"t10k-labels-idx1-ubyte", nil, "magic number: the file is cut short"},
		"no dimensions":   {"t10k-labels-idx1-ubyte", []byte{0, 0, 8, 1, 0}, "dimensions: the file is cut short"},
		"cut short":       {"train-images-idx3-ubyte", idxFile(fill(1000), 3, 28, 28), "got 1000 bytes: want 2352; the file is cut short"},
		"claims much":     {"train-images-idx3-ubyte", idxFile(nil, 1<<31-1, 28, 28), "got 0 bytes: want 1683627179248"},
		"overflows":       {"train-images-idx3-ubyte", idxFile(nil, 1<<31, 1<<31, 1<<31), "more bytes than a file can have"},
		"too long":        {"train-labels-idx1-ubyte", idxFile([]byte{7, 0, 9, 1}, 3), "1 bytes too many: want 3"},
		"counts":          {"train-labels-idx1-ubyte", idxFile([]byte{7, 0}, 2), "3 images, but train-labels-idx1-ubyte has 2 labels"},
		"label of 10":     {"train-labels-idx1-ubyte", idxFile([]byte{7, 10, 9}, 3), "label of example 1: got 10: want 0 to 9"},
		"size":            {"t10k-images-idx3-ubyte", idxFile(fill(2*784), 2, 14, 56), "images of 14x56 pixels: want 28x28"},
		"gzip cut short":  {"train-images-idx3-ubyte", gzipped(t, idxFile(fill(3*784), 3, 28, 28))[:200], "the file is cut short"},
		"gzip sum":        {"train-labels-idx1-ubyte", flipped(gzipped(t, idxFile([]byte{7, 0, 9}, 3)), -6), "checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			files := smallMNIST()
			files[c.file] = c.content
			dir := writeFiles(t, files)
			_, err := MNIST(dir)
			wantError(t, err, dir, c.file, c.want)
		})
	}
	t.Run("missing", func(t *testing.T) {
		files := smallMNIST()
		delete(files, "t10k-labels-idx1-ubyte")
		_, err := MNIST(writeFiles(t, files))
		wantError(t, err, "t10k-labels-idx1-ubyte", "missing")
	})
}

// flipped returns content with one bit flipped at i, or at len+i if i < 0.
func flipped(content []byte, i int) []byte {
	if i < 0 {
		i += len(content)
	}
	content[i] ^= 1
	return content
}

// wantError checks that err is one line that contains all of want.
func wantError(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
	if strings.ContainsAny(err.Error(), "\n\x00") {
		t.Errorf("error %q is more than a line of text", err)
	}
}

func TestMNISTArchive(t *testing.T) {
	emptyHome(t)
	floats := func(b []byte) []float32 {
		out := make([]float32, len(b))
		for i, v := range b {
			out[i] = float32(v)
		}
		return out
	}
	good := func() map[string]*npy.Array {
		return map[string]*npy.Array{
			"x_train": npy.New([]int{3, 28, 28}, floats(fill(3*784))),
			"y_train": npy.New([]int{3}, []float32{7, 0, 9}),
			"x_test":  npy.New([]int{2, 28, 28}, floats(fill(2*784))),
			"y_test":  npy.New([]int{2}, []float32{1, 2}),
		}
	}
	write := func(t *testing.T, arrays map[string]*npy.Array) string {
		dir := t.TempDir()
		var entries []npy.Entry
		for name, a := range arrays {
			entries = append(entries, npy.Entry{Name: name, Array: a})
		}
		if err := npy.WriteArchive(filepath.Join(dir, "mnist.npz"), entries); err != nil {
			t.Fatal(err)
		}
		return dir
	}

	archived, err := MNIST(write(t, good()))
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := MNIST(writeFiles(t, smallMNIST()))
	if err != nil {
		t.Fatal(err)
	}
	if a, u := archived.Fingerprint(), unpacked.Fingerprint(); a != u {
		t.Errorf("fingerprints %s of npz and %s of idx, want the same for the same pixels", a, u)
	}

	for name, c := range map[string]struct {
		change map[string]*npy.Array
		want   string
	}{
		"missing": {map[string]*npy.Array{"y_test": nil}, "no array y_test"},
		"shape":   {map[string]*npy.Array{"x_train": npy.New([]int{3, 784}, floats(fill(3*784)))}, "x_train: shape [3 784]: want 3 dimensions"},
		"label":   {map[string]*npy.Array{"y_train": npy.New([]int{3}, []float32{1, 2, 10})}, "label of example 2: got 10"},
		"scaled":  {map[string]*npy.Array{"y_train": npy.New([]int{3}, []float32{1, 0.5, 1})}, "y_train: float32 element 1 is 0.5"},
		"counts":  {map[string]*npy.Array{"y_train": npy.New([]int{1}, []float32{1})}, "x_train has 3 images, but y_train 1 labels"},
	} {
		t.Run(name, func(t *testing.T) {
			arrays := good()
			maps.Copy(arrays, c.change)
			maps.DeleteFunc(arrays, func(_ string, a *npy.Array) bool { return a == nil })
			_, err := MNIST(write(t, arrays))
			wantError(t, err, "mnist.npz", c.want)
		})
	}
}

func FuzzIDX(f *testing.F) {
	for _, content := range smallMNIST() {
		f.Add(content, 3)
		f.Add(content, 1)
		f.Add(content[:len(content)/2], 3)
	}
	f.Add(idxFile(nil, 1<<31, 1<<31, 1<<31), 3)
	f.Fuzz(func(t *testing.T, content []byte, dimensions int) {
		if dimensions < 1 || dimensions > 4 {
			return
		}
		shape, data, err := readIDX(bytes.NewReader(content), dimensions)
		if err != nil {
			return
		}
		size := 1
		for _, n := range shape {
			size *= n
		}
		if len(shape) != dimensions || size != len(data) || 4+4*dimensions+size != len(content) {
			t.Errorf("%d bytes give shape %v and %d bytes of data", len(content), shape, len(data))
		}
	})
}
