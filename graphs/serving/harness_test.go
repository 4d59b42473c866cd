package serving_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"path/filepath"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/serving"
)

// models holds SavedModels that Keras and TensorFlow wrote, and their predictions
// (scripts/reference/saved_models.py).
const models = "../../testdata/savedmodel"

func load(t *testing.T, name string) *serving.Model {
	t.Helper()
	m, err := serving.Load(filepath.Join(models, name), serving.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func array(t *testing.T, name string) *npy.Array {
	t.Helper()
	a, err := npy.ReadFile(filepath.Join(models, name+".npy"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func near(t *testing.T, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d numbers, want %d", len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(float64(got[i]-want[i])) <= 1e-6) {
			t.Fatalf("number %d: got %v, want %v", i, got[i], want[i])
		}
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("got no error")
	}
	if strings.ContainsRune(err.Error(), '\n') {
		t.Errorf("more than one line: %v", err)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("got %q, want %q in it", err, p)
		}
	}
}

func tensor(t *testing.T, a *npy.Array) *tf.Tensor {
	t.Helper()
	shape := make([]int64, len(a.Shape))
	for i, d := range a.Shape {
		shape[i] = int64(d)
	}
	raw, err := binary.Append(nil, binary.NativeEndian, a.Float32())
	if err != nil {
		t.Fatal(err)
	}
	x, err := tf.ReadTensor(tf.Float, shape, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func scalar(t *testing.T, v float32) *tf.Tensor {
	t.Helper()
	x, err := tf.NewTensor(v)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func integer(t *testing.T, v int64) *tf.Tensor {
	t.Helper()
	x, err := tf.NewTensor(v)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func values(t *testing.T, x *tf.Tensor) []float32 {
	t.Helper()
	var out []float32
	for _, row := range x.Value().([][]float32) {
		out = append(out, row...)
	}
	return out
}
