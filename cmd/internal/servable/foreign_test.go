package servable_test

import (
	"encoding/json"
	"math"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/tflab/tflab/cmd/internal/servable"
	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels/dataset"
)

const savedModels = "../../../testdata/savedmodel"

// nested returns an array as nested lists.
func nested(shape []int, values []float32) any {
	if len(shape) == 0 {
		return values[0]
	}
	size := len(values) / shape[0]
	list := make([]any, shape[0])
	for i := range list {
		list[i] = nested(shape[1:], values[i*size:(i+1)*size])
	}
	return list
}

func readArray(t *testing.T, name string) *npy.Array {
	t.Helper()
	a, err := npy.ReadFile(filepath.Join(savedModels, name))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestForeignSavedModels serves SavedModels that Python wrote, one by Keras's export
// and two of a tf.Module with other signatures, and compares the responses with
// Python's results.
func TestForeignSavedModels(t *testing.T) {
	for _, c := range []struct{ model, input, in, output, want string }{
		{"keras", "keras_tensor", "image.npy", "", "probabilities.npy"},
		{"module", "features", "features.npy", "scores", "scores.npy"},
		{"pixels", "pixels", "pixels.npy", "", "pixel_scores.npy"},
	} {
		t.Run(c.model, func(t *testing.T) {
			from, err := servable.SavedModel(filepath.Join(savedModels, c.model), serving.Options{})
			if err != nil {
				t.Fatal(err)
			}
			m, d, err := from.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s := server.New(server.Options{Name: from.Name(), Decode: dataset.DecodeImage})
			s.Use(m, d)
			defer s.Close()
			h := httptest.NewServer(s.Handler())
			defer h.Close()
			in, want := readArray(t, c.in), readArray(t, c.want)
			inputs := map[string]any{c.input: nested(in.Shape, in.Float32())}
			if c.model == "module" {
				inputs["temperature"] = 0.5
			}
			body, err := json.Marshal(map[string]any{"inputs": inputs})
			if err != nil {
				t.Fatal(err)
			}
			var answer struct{ Outputs json.RawMessage }
			if err := ask(h.URL+"/v1/models/"+from.Name()+":predict", body, &answer); err != nil {
				t.Fatal(err)
			}
			if c.output != "" {
				var named map[string]json.RawMessage
				if err := json.Unmarshal(answer.Outputs, &named); err != nil {
					t.Fatal(err)
				}
				answer.Outputs = named[c.output]
			}
			var got [][]float64
			if err := json.Unmarshal(answer.Outputs, &got); err != nil {
				t.Fatal(err)
			}
			for i, v := range want.Float32() {
				columns := want.Shape[1]
				if diff := math.Abs(got[i/columns][i%columns] - float64(v)); diff > 1e-5 {
					t.Errorf("row %d, column %d: %v, want %v", i/columns, i%columns, got[i/columns][i%columns], v)
				}
			}
		})
	}
}
