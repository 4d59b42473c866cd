package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tflab/tflab/graphs/npy"
)

// The limits on time and memory before a bad file is refused. Time is CPU time, since
// other tests run at the same time.
const (
	badFileTime   = 2 * time.Second
	badFileMemory = 1 << 30
)

const (
	sequentialJSON = `{"class_name": "Sequential", "config": {"name": "bad", "layers": [
		{"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [null, 28, 28, 1]}}, %s]}}`
	flattenJSON = `{"class_name": "Flatten", "config": {"name": "flatten"}}`
	denseJSON   = `{"class_name": "Dense", "config": {"name": "dense", "units": %s, "activation": "softmax"}}`
)

// TestBadFiles passes bad Keras files to tflab's commands. Each is refused with one
// line that names the file, in little time and memory.
func TestBadFiles(t *testing.T) {
	skipLong(t)
	fixtures, err := filepath.Abs("../../testdata/keras")
	check(err)
	formats, err := filepath.Abs("../../tfmodels/keras/hdf5/testdata")
	check(err)
	elsewhere(t)
	sound := fixture(fixtures, "mlp-3.8.keras")
	h5, weights := fixture(fixtures, "mlp-3.8.h5"), fixture(fixtures, "mlp-3.8.weights.h5")
	members := unzipped(sound)
	arrays, err := npy.ReadArchive(filepath.Join(fixtures, "mlp-3.8.npz"))
	check(err)
	kernel := arrays[slices.IndexFunc(arrays, func(e npy.Entry) bool { return e.Name == "before/dense/kernel" })].Array.Float32()
	with := func(name string, content []byte, method uint16) []byte {
		other := map[string][]byte{}
		for n, c := range members {
			other[n] = c
		}
		other[name] = content
		return zipped(other, method)
	}
	functional := `{"class_name": "Functional", "config": {"name": "bad", "layers": [
		{"class_name": "InputLayer", "name": "image", "config": {"name": "image", "batch_shape": [null, 28, 28, 1]}, "inbound_nodes": []}%s,
		{"class_name": "Flatten", "name": "flatten", "config": {"name": "flatten"}, "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["%s", 0, 0]}}], "kwargs": {}}]},
		{"class_name": "Dense", "name": "dense", "config": {"name": "dense", "units": 10, "activation": "softmax"}, "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["flatten", 0, 0]}}], "kwargs": {}}]}],
		"input_layers": %s, "output_layers": ["dense", 0, 0]}}`
	second := `, {"class_name": "InputLayer", "name": "mask", "config": {"name": "mask", "batch_shape": [null, 28, 28, 1]}, "inbound_nodes": []}`
	text := func(format string, args ...any) []byte { return fmt.Appendf(nil, format, args...) }
	for _, c := range []struct {
		name, file string
		content    []byte
		want       string
	}{
		{"empty .keras", "f.keras", nil, "not a .keras file, or one that is cut short"},
		{"empty JSON", "f.json", nil, "not JSON: it is empty or cut short"},
		{"empty .h5", "f.h5", nil, "HDF5"},
		{"a text", "f.h5", []byte("a text"), "HDF5"},
		{"cut .keras", "f.keras", sound[:len(sound)/2], "not a .keras file, or one that is cut short"},
		{"cut JSON", "f.json", members["config.json"][:300], "not JSON: it is empty or cut short"},
		{"cut .h5", "f.h5", h5[:len(h5)/2], "cut short"},
		{"cut weights in a .keras", "f.keras", with("model.weights.h5", members["model.weights.h5"][:3000], zip.Store), "cut short"},
		{"no weights in a .keras", "f.keras", with("model.weights.h5", nil, zip.Store), "model.weights.h5"},
		{"no description in a .keras", "f.keras", zipped(map[string][]byte{"a": nil}, zip.Store), "config.json is missing"},
		{"zip bomb", "f.keras", with("config.json", make([]byte, 1<<30), zip.Deflate), "config.json would expand from"},
		{"zip bomb of weights", "f.keras", with("model.weights.h5", make([]byte, 1<<30), zip.Deflate), "model.weights.h5 would expand from"},
		{"zip bomb under the ratio", "f.keras", with("model.weights.h5", squeezable(400<<20), zip.Deflate), "model.weights.h5 has 419430400 bytes, compressed: want at most"},
		{"large JSON", "f.json", append([]byte("[0"), append(bytes.Repeat([]byte(",0"), 7<<20), ']')...), "JSON has more than 1048576 values"},
		{"larger JSON", "f.json", bytes.Repeat([]byte(" "), 17<<20), "more than 16777216 bytes"},
		{"100 deep", "f.json", text("%s%s", strings.Repeat("[", 100), strings.Repeat("]", 100)), "JSON is nested more than 64 deep"},
		{"a million deep", "f.json", bytes.Repeat([]byte(`{"config":`), 1<<20), "JSON is nested more than 64 deep"},
		{"100 models deep", "f.json", nested(100), "JSON is nested more than 64 deep"},
		{"HDF5 with a circle", "f.h5", fixture(formats, "circle.h5"), "groups are nested more than 64 deep"},
		{"HDF5 of another version", "f.h5", fixture(formats, "latest.h5"), "superblock"},
		{"no such layer", "f.json", text(functional, "", "nowhere", `["image", 0, 0]`), `layer "flatten" (Flatten) depends on layer "nowhere": there is no such layer`},
		{"two inputs", "f.json", text(functional, second, "image", `[["image", 0, 0], ["mask", 0, 0]]`), `layer "mask" (InputLayer): is a second input`},
		{"unknown layer", "f.json", text(sequentialJSON, `{"class_name": "LSTM", "config": {"name": "memory"}}`), `layer "memory" (LSTM): the class is not supported: want one of `},
		{"Lambda", "f.json", text(sequentialJSON, `{"class_name": "Lambda", "config": {"name": "code"}}`), `layer "code" (Lambda): a Lambda layer is code, and nothing in a file is executed`},
		{"Lambda in a .keras", "f.keras", with("config.json", text(sequentialJSON, `{"class_name": "Lambda", "config": {"name": "code"}}`), zip.Store), `layer "code" (Lambda): a Lambda layer is code`},
		{"no end of units", "f.json", text(sequentialJSON, flattenJSON+", "+fmt.Sprintf(denseJSON, "2000000000")), "parameters in a network"},
		{"more units than a number has room for", "f.json", text(sequentialJSON, flattenJSON+", "+fmt.Sprintf(denseJSON, "1e30")), "want a whole number"},
		{"no end of padding", "f.json", text(sequentialJSON, `{"class_name": "ZeroPadding2D", "config": {"name": "pad", "padding": [[2000000000, 0], [2000000000, 0]]}}, `+flattenJSON+", "+fmt.Sprintf(denseJSON, "10")), `layer "pad" (ZeroPadding2D): output of shape`},
		{"NaN weights", "f.keras", with("model.weights.h5", spoilt(members["model.weights.h5"], kernel), zip.Store), "NaN"},
		{"weights of another network", "f.keras", with("model.weights.h5", fixture(fixtures, "cnn-3.8.weights.h5"), zip.Store), "want "},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(os.WriteFile(c.file, c.content, 0o644))
			refused(t, c.want, "train", c.file)
		})
	}
	check(os.WriteFile("sound.keras", sound, 0o644))
	drawPictures("pictures", 3)
	for _, c := range []struct {
		name, file string
		content    []byte
		want       string
	}{
		{"empty weights", "w.weights.h5", nil, "HDF5"},
		{"cut weights", "w.weights.h5", weights[:len(weights)-40], "cut short"},
		{"absurd sizes", "w.weights.h5", misshapen(weights), "has a dimension of 1099511627776: want less than 2^31"},
		{"circle", "w.h5", fixture(formats, "circle.h5"), "groups are nested more than 64 deep"},
		{"another network's", "w.weights.h5", fixture(fixtures, "cnn-3.8.weights.h5"), "want "},
		{"another network's .h5", "w.h5", fixture(fixtures, "cnn-3.8.h5"), "has 3 layers with weights (conv2d, conv2d_1, dense): sequential has 2 (dense, dense_1)"},
		{"NaN", "w.weights.h5", spoilt(weights, kernel), "NaN"},
		{"cut .npz", "w.npz", fixture(fixtures, "mlp-3.8.npz")[:500], "w.npz"},
	} {
		t.Run("initial weights: "+c.name, func(t *testing.T) {
			check(os.WriteFile(c.file, c.content, 0o644))
			refused(t, c.want, "train", "sound.keras", "--dataset", "pictures", "--verbose", "0", "--initial-weights", c.file)
		})
	}
}

// refused runs tflab, which must fail with one line.
func refused(t *testing.T, want string, words ...string) {
	t.Helper()
	self, err := os.Executable()
	check(err)
	var stdout, stderr bytes.Buffer
	cmd := exec.Cmd{Path: self, Args: append([]string{"tflab"}, words...), Env: append(os.Environ(), "TFLAB_DATA=", "HOME=/no-home"), Stdout: &stdout, Stderr: &stderr}
	failed := cmd.Run()
	var exit *exec.ExitError
	line := stderr.String()
	switch {
	case !errors.As(failed, &exit) || exit.ExitCode() != 1:
		t.Fatalf("tflab %s: %v, want exit status 1\n%s%s", strings.Join(words, " "), failed, stdout.String(), line)
	case stdout.Len() > 0 || strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, "tflab: "+words[0]) || len(line) > 1000:
		t.Errorf("tflab %s wrote %q and %q, want one line on stderr", strings.Join(words, " "), stdout.String(), line)
	case !strings.Contains(line, want) || !strings.Contains(line, words[len(words)-1]):
		t.Errorf("tflab %s wrote %q, want %q and the file's name", strings.Join(words, " "), line, want)
	}
	if used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(); used > badFileTime {
		t.Errorf("tflab %s took %v of a processor, want at most %v", strings.Join(words, " "), used, badFileTime)
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && usage.Maxrss > badFileMemory>>10 { // KiB on Linux
		t.Errorf("tflab %s took %d MiB, want at most %d", strings.Join(words, " "), usage.Maxrss>>10, badFileMemory>>20)
	}
	if _, err := os.Stat("runs"); err == nil {
		t.Error("left a run's folder")
		check(os.RemoveAll("runs"))
	}
}

func fixture(folder, name string) []byte {
	content, err := os.ReadFile(filepath.Join(folder, name))
	check(err)
	return content
}

func unzipped(archive []byte) map[string][]byte {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	check(err)
	members := map[string][]byte{}
	for _, f := range r.File {
		m, err := f.Open()
		check(err)
		members[f.Name], err = io.ReadAll(m)
		check(err)
	}
	return members
}

func zipped(members map[string][]byte, method uint16) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range members {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		check(err)
		_, err = w.Write(content)
		check(err)
	}
	check(z.Close())
	return b.Bytes()
}

// squeezable returns n bytes that deflate to slightly more than n/100 bytes.
func squeezable(n int) []byte {
	b := make([]byte, n)
	for i := 0; i < n; i += 160 {
		binary.LittleEndian.PutUint32(b[i:], uint32(i)*2654435761)
	}
	return b
}

// nested returns the JSON of nested models.
func nested(depth int) []byte {
	inner := flattenJSON
	for i := range depth {
		inner = fmt.Sprintf(`{"class_name": "Sequential", "config": {"name": "m%d", "layers": [%s]}}`, i, inner)
	}
	return []byte(inner)
}

// spoilt replaces the second number of an array with NaN.
func spoilt(file []byte, array []float32) []byte {
	two := func(a, b float32) []byte {
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, math.Float32bits(a)), math.Float32bits(b))
	}
	other := bytes.ReplaceAll(file, two(array[0], array[1]), two(array[0], float32(math.NaN())))
	if bytes.Equal(other, file) {
		panic("the array is not in the file")
	}
	return other
}

// misshapen gives the arrays of shape (20, 5) 2^40 rows.
func misshapen(file []byte) []byte {
	shape := func(rows uint64) []byte {
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, rows), 5)
	}
	other := bytes.ReplaceAll(file, shape(20), shape(1<<40))
	if bytes.Equal(other, file) {
		panic("no array of shape (20, 5)")
	}
	return other
}
