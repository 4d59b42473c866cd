package serving_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs/serving"
)

func TestKerasExportClassifies(t *testing.T) {
	m := load(t, "keras")
	c, err := m.Classify(t.Context(), serving.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.InputShape(); got != [3]int{6, 6, 1} {
		t.Errorf("input shape %v, want 6x6x1", got)
	}
	if got, want := c.Classes(), []string{"0", "1", "2", "3"}; !slices.Equal(got, want) {
		t.Errorf("classes %v, want %v", got, want)
	}
	if c.Name() != "keras" || c.Version() != 1 {
		t.Errorf("model %s, version %d, want keras, 1", c.Name(), c.Version())
	}
	got, err := c.Predict(t.Context(), serving.Images{Floats: array(t, "image").Float32()})
	if err != nil {
		t.Fatal(err)
	}
	near(t, got, array(t, "probabilities").Float32())
}

func TestBytesAreScaled(t *testing.T) {
	c, err := load(t, "keras").Classify(t.Context(), serving.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pixels, scaled := make([]byte, 2*36), make([]float32, 2*36)
	for i := range pixels {
		pixels[i] = byte(i * 7)
		scaled[i] = float32(pixels[i]) / 255
	}
	got, err := c.Predict(t.Context(), serving.Images{Bytes: pixels})
	if err != nil {
		t.Fatal(err)
	}
	want, err := c.Predict(t.Context(), serving.Images{Floats: scaled})
	if err != nil {
		t.Fatal(err)
	}
	near(t, got, want)
}

func TestRangeIsThatOfTheNetwork(t *testing.T) {
	m := load(t, "keras")
	unit, err := m.Classify(t.Context(), serving.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := m.Classify(t.Context(), serving.ClassifierOptions{Range: serving.Range{Black: -1, White: 1}})
	if err != nil {
		t.Fatal(err)
	}
	x := array(t, "image").Float32()
	half := make([]float32, len(x))
	for i, v := range x {
		half[i] = (v + 1) / 2 // the value v has this position between -1 and 1
	}
	got, err := signed.Predict(t.Context(), serving.Images{Floats: half})
	if err != nil {
		t.Fatal(err)
	}
	want, err := unit.Predict(t.Context(), serving.Images{Floats: x})
	if err != nil {
		t.Fatal(err)
	}
	near(t, got, want)
}

func TestModuleWithAnotherSignature(t *testing.T) {
	m := load(t, "module")
	features := array(t, "features")
	out, err := m.Run(t.Context(), "", map[string]*tf.Tensor{ // the only signature
		"features": tensor(t, features), "temperature": scalar(t, 0.5)})
	if err != nil {
		t.Fatal(err)
	}
	near(t, values(t, out["scores"]), array(t, "scores").Float32())
	if got := out["winner"].Value().([]int64); len(got) != 4 {
		t.Errorf("winner of 4 rows: got %v", got)
	}
	_, err = m.Classify(t.Context(), serving.ClassifierOptions{})
	wantError(t, err, "2 inputs", "features float32[?,8]")
}

func TestRowsOfBytes(t *testing.T) {
	c, err := load(t, "pixels").Classify(t.Context(), serving.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.InputShape(); got != [3]int{8, 8, 1} {
		t.Errorf("input shape %v, want 8x8x1", got)
	}
	if got := c.InputType(); got != tf.Uint8 {
		t.Errorf("input type %v, want uint8", got)
	}
	raw, err := os.ReadFile(filepath.Join(models, "pixels.npy"))
	if err != nil {
		t.Fatal(err)
	}
	pixels := raw[len(raw)-3*64:]
	want := array(t, "pixel_scores").Float32()
	got, err := c.Predict(t.Context(), serving.Images{Bytes: pixels})
	if err != nil {
		t.Fatal(err)
	}
	near(t, got, want)
	scaled := make([]float32, len(pixels))
	for i, p := range pixels {
		scaled[i] = float32(p) / 255
	}
	if got, err = c.Predict(t.Context(), serving.Images{Floats: scaled}); err != nil {
		t.Fatal(err)
	}
	near(t, got, want)
}

func TestInputsThatDoNotFit(t *testing.T) {
	m := load(t, "module")
	features := tensor(t, array(t, "features"))
	for name, tc := range map[string]struct {
		signature string
		inputs    map[string]*tf.Tensor
		want      []string
	}{
		"signature": {"serving_default", nil, []string{`no signature "serving_default"`, "score(features float32[?,8], temperature float32[]) -> scores float32[?,3], winner int64[?]"}},
		"missing":   {"score", map[string]*tf.Tensor{"features": features}, []string{`input "temperature" is missing`}},
		"unknown":   {"score", map[string]*tf.Tensor{"features": features, "temperature": scalar(t, 1), "x": scalar(t, 1)}, []string{`no input "x"`}},
		"shape":     {"score", map[string]*tf.Tensor{"features": scalar(t, 1), "temperature": scalar(t, 1)}, []string{"is float32[]", "want float32[?,8]"}},
		"type":      {"score", map[string]*tf.Tensor{"features": features, "temperature": integer(t, 1)}, []string{"is int64[]", "want float32[]"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := m.Run(t.Context(), tc.signature, tc.inputs)
			wantError(t, err, tc.want...)
		})
	}
}

func TestImagesThatDoNotFit(t *testing.T) {
	c, err := load(t, "keras").Classify(t.Context(), serving.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		images serving.Images
		want   string
	}{
		"part of an image": {serving.Images{Bytes: make([]byte, 35)}, "35 values: want complete images of 6x6x1"},
		"both":             {serving.Images{Bytes: make([]byte, 36), Floats: make([]float32, 36)}, "want complete images"},
		"NaN":              {serving.Images{Floats: slices.Repeat([]float32{float32(math.NaN())}, 36)}, "image 0 has the value NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Predict(t.Context(), tc.images)
			wantError(t, err, tc.want)
		})
	}
	if got, err := c.Predict(t.Context(), serving.Images{}); err != nil || len(got) != 0 {
		t.Errorf("no images: got %v, %v, want nothing", got, err)
	}
}

func TestManyGoroutines(t *testing.T) {
	m := load(t, "keras")
	c, err := m.Classify(t.Context(), serving.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x, want := array(t, "image").Float32(), array(t, "probabilities").Float32()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 20 {
				n := 1 + i%5
				got, err := c.Predict(t.Context(), serving.Images{Floats: x[:n*36]})
				if err != nil || len(got) != 4*n || math.Abs(float64(got[0]-want[0])) > 1e-6 {
					t.Errorf("got %v, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestClose(t *testing.T) {
	m := load(t, "keras")
	c, err := m.Classify(t.Context(), serving.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	images := serving.Images{Floats: array(t, "image").Float32()}
	var wg sync.WaitGroup
	for range 4 { // a prediction either succeeds or returns ErrClosed
		wg.Go(func() {
			for {
				if _, err := c.Predict(t.Context(), images); err != nil {
					if !errors.Is(err, serving.ErrClosed) {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Predict(ctx, images); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
