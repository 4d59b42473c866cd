package server_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/graphs/serving"
)

// brightness is a network for grey images of 2x2 that returns the sum of the pixels,
// and 1.
func brightness(dtype tf.DataType) *fake {
	return &fake{
		signatures: []serving.Signature{{Name: "serving_default", Method: "tensorflow/serving/predict",
			Inputs:  []serving.Tensor{info("image", dtype, -1, 2, 2, 1)},
			Outputs: []serving.Tensor{info("probabilities", tf.Float, -1, 2)}}},
		compute: func(_ string, in map[string]*tf.Tensor) (map[string]*tf.Tensor, error) {
			var raw bytes.Buffer
			if _, err := in["image"].WriteContentsTo(&raw); err != nil {
				return nil, err
			}
			var y []float32
			for i := range int(in["image"].Shape()[0]) {
				sum := float32(0)
				for p := range 4 {
					if dtype == tf.Uint8 {
						sum += float32(raw.Bytes()[4*i+p])
					} else {
						sum += values(in["image"])[4*i+p]
					}
				}
				y = append(y, sum, 1)
			}
			return map[string]*tf.Tensor{"probabilities": floats([]int64{int64(len(y) / 2), 2}, y...)}, nil
		},
	}
}

// decode treats any four bytes as an image file.
func decode(file []byte, shape [3]int) ([]byte, error) {
	if len(file) != 5 || shape != [3]int{2, 2, 1} {
		return nil, errors.New("not a readable image")
	}
	return file[1:], nil
}

func TestImages(t *testing.T) {
	file := `{"b64": "` + base64.StdEncoding.EncodeToString([]byte{9, 0, 255, 51, 0}) + `"}`
	raw := `{"b64": "` + base64.StdEncoding.EncodeToString([]byte{0, 255, 51, 0}) + `"}`
	number := start(t, brightness(tf.Float), server.Options{Decode: decode}, server.Description{Labels: []string{"sum", "one"}, Image: [3]int{2, 2, 1}}) + "/v1/models/half_plus_three:"
	bytes := start(t, brightness(tf.Uint8), server.Options{Decode: decode}, server.Description{}) + "/v1/models/half_plus_three:"
	for _, c := range []struct {
		url, body, want string
	}{
		{number + "predict", `{"instances": [` + file + `]}`, `{"predictions":[[1.2,1.0]]}`},
		{number + "predict", `{"instances": [{"image": ` + file + `}, {"image": [[[0.5], [1]], [[0], [0]]]}]}`, `{"predictions":[[1.2,1.0],[1.5,1.0]]}`},
		{number + "predict", `{"inputs": [` + file + `, ` + file + `]}`, `{"outputs":[[1.2,1.0],[1.2,1.0]]}`},
		{number + "predict", `{"inputs": {"image": [` + file + `]}}`, `{"outputs":[[1.2,1.0]]}`},
		{bytes + "predict", `{"instances": [` + file + `]}`, `{"predictions":[[306.0,1.0]]}`},
		{bytes + "predict", `{"instances": [` + raw + `, [[[1], [2]], [[3], [4]]]]}`, `{"predictions":[[306.0,1.0],[10.0,1.0]]}`},
		{number + "classify", `{"examples": [{"image": ` + file + `}]}`, `{"results":[[["sum",1.2],["one",1.0]]]}`},
		{number + "classify", `{"examples": [{"image": [0, 0.5, 0.5, 0]}, {"image": [[[0], [1]], [[1], [0]]]}]}`, `{"results":[[["sum",1.0],["one",1.0]],[["sum",2.0],["one",1.0]]]}`},
		{number + "classify", `{"context": {"image": [0, 0, 1, 0]}, "examples": [{}]}`, `{"results":[[["sum",1.0],["one",1.0]]]}`},
		{bytes + "classify", `{"examples": [{"image": ` + file + `}]}`, `{"results":[[["0",306.0],["1",1.0]]]}`},
	} {
		if status, body := post(t, c.url, c.body); status != 200 || compact(body) != c.want {
			t.Errorf("%s: %d %s, want %s", c.body, status, body, c.want)
		}
	}
	for _, c := range []struct {
		url, body, want string
	}{
		{number + "predict", `{"instances": [{"b64": "AAAA"}]}`, `"image"[0]: not a readable image`},
		{number + "predict", `{"instances": [[[[1], [1]], [[1], [NaN]]]]}`, "want a finite number"},
		{number + "predict", `{"instances": [[[[1], [1]], [[1], [1e39]]]]}`, "want a finite number"},
		{number + "predict", `{"instances": [[[1, 1], [1, 1]]]}`, "want shape [? 2 2 1]"},
		{number + "predict", `{"instances": [[[[1], [1]]]]}`, "a list of 1: want shape [? 2 2 1]"},
		{number + "predict", `{"instances": [` + strings.Repeat(`[[[1]]],`, 999) + `[[[1]]]]}`, "a list of 1: want shape [? 2 2 1]"},
		{number + "predict", `{"inputs": ` + file + `}`, "want a list with one for each"},
		{number + "predict", `{"instances": [[` + file + `, [[1], [1]]]]}`, "one {\"b64\""},
		{number + "predict", `{"instances": ["x"]}`, "a single value: want shape [? 2 2 1]"},
		{number + "predict", `{"instances": [[[["x"], [1]], [[1], [1]]]]}`, "a string: want DT_FLOAT"},
		{number + "predict", `{"inputs": [{"b64": 5}]}`, `"b64" is not a string`},
		{bytes + "predict", `{"instances": [[[[256], [1]], [[1], [1]]]]}`, "256: want DT_UINT8"},
		{number + "classify", `{"examples": [{"picture": ` + file + `}]}`, `want "image"`},
		{number + "classify", `{"examples": [{"image": [1, 2, 3]}]}`, "want shape [? 2 2 1]"},
		{number + "classify", `{"examples": []}`, "is empty"},
		{number + "classify", `{"instances": [1]}`, `no "examples"`},
		{number + "regress", `{"examples": [{"image": ` + file + `}]}`, "tensorflow/serving/regress"},
	} {
		if status, body := post(t, c.url, c.body); status != 400 || !strings.Contains(message(t, body), c.want) {
			t.Errorf("%.100s: %d %s, want 400 with %q", c.body, status, body, c.want)
		}
	}
}
