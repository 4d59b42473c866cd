package hdf5

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// many returns as many arrays as a network with the given number of layers has.
func many(layers int) []Array {
	var all []Array
	for i := range layers {
		all = append(all,
			Array{fmt.Sprintf("layers/dense_%d/vars/0", i), []int{2, 1, 3}, []float32{float32(i), -1, 0, 1, 2, float32(math.Inf(1))}},
			Array{fmt.Sprintf("layers/dense_%d/vars/1", i), []int{}, []float32{float32(i) / 3}})
	}
	return append(all, Array{"layers/none/vars/0", []int{0}, []float32{}})
}

func written(t testing.TB, arrays []Array) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, arrays); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestWrite reads the written file with this package and with h5py. 603 layers need a
// B-tree of two levels, 40 layers one of several leaves.
func TestWrite(t *testing.T) {
	for _, layers := range []int{0, 1, 40, 603} {
		arrays := many(layers)
		data := written(t, arrays)
		g := read(t, data)
		for _, a := range arrays {
			d := g.Dataset(a.Path)
			if d == nil {
				t.Fatalf("%d layers: %s is missing", layers, a.Path)
			}
			if got, err := d.Float32(); err != nil || !slices.Equal(got, a.Values) || !slices.Equal(d.Shape, a.Shape) {
				t.Fatalf("%d layers: %s is %v of %v, %v: want %v of %v", layers, a.Path, got, d.Shape, err, a.Values, a.Shape)
			}
		}
		if !bytes.Equal(data, written(t, arrays)) {
			t.Errorf("%d layers: two writings differ", layers)
		}
		readWithH5py(t, data, arrays)
	}
}

// readWithH5py compares a file with what libhdf5 reads from it.
func readWithH5py(t *testing.T, data []byte, arrays []Array) {
	python := os.Getenv("TFLAB_REFERENCE")
	if python == "" {
		t.Log("TFLAB_REFERENCE is not set: not compared with h5py")
		return
	}
	path := filepath.Join(t.TempDir(), "written.h5")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	const program = `
import h5py, sys
def show(name, item):
    if isinstance(item, h5py.Dataset):
        print(name, list(item.shape), [float(v).hex() for v in item[()].reshape(-1)], item.dtype)
h5py.File(sys.argv[1], "r").visititems(show)`
	out, err := exec.Command(python, "-c", program, path).CombinedOutput()
	if err != nil {
		t.Fatalf("h5py: %v\n%s", err, out)
	}
	var want []string
	for _, a := range arrays {
		want = append(want, fmt.Sprintf("%s %v", a.Path, a.Shape))
	}
	slices.Sort(want)
	var got []string
	for line := range strings.Lines(string(out)) {
		line = strings.ReplaceAll(line, ", ", " ")
		name, _, _ := strings.Cut(line, "] [")
		got = append(got, strings.TrimSuffix(name, "]")+"]")
		if !strings.HasSuffix(line, "float32\n") {
			t.Fatalf("h5py finds %s: want float32", line)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("h5py finds %v: want %v", got, want)
	}
	if len(arrays) > 1000 && !strings.Contains(string(out), "layers/dense_602/vars/0 [2, 1, 3] ['0x1.2d00000000000p+9', '-0x1.0000000000000p+0', '0x0.0p+0', '0x1.0000000000000p+0', '0x1.0000000000000p+1', 'inf'] float32") {
		t.Errorf("h5py finds other elements in the last layer")
	}
}

func TestWriteBad(t *testing.T) {
	one := []float32{1}
	for name, arrays := range map[string][]Array{
		"shape":          {{"a", []int{2}, one}},
		"negative":       {{"a", []int{-1, -1}, one}},
		"twice":          {{"a", nil, one}, {"a", nil, one}},
		"group and data": {{"a", nil, one}, {"a/b", nil, one}},
		"data and group": {{"a/b", nil, one}, {"a", nil, one}},
		"no name":        {{"a//b", nil, one}},
	} {
		if err := Write(&bytes.Buffer{}, arrays); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}
