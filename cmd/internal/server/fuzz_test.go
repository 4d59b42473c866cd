package server

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs/serving"
)

// signatures is a Model that has only signatures.
type signatures struct{ Model }

func (signatures) Signatures() []serving.Signature {
	in := func(name string, dtype tf.DataType, shape ...int64) serving.Tensor {
		return serving.Tensor{Name: name, DType: dtype, Shape: shape, Known: true}
	}
	return []serving.Signature{
		{Name: "images", Inputs: []serving.Tensor{in("x", tf.Float, -1, 2, 2, 1)}},
		{Name: "many", Inputs: []serving.Tensor{in("s", tf.String, -1), in("b", tf.Bool, -1), in("i", tf.Int64, -1, 3)}},
		{Name: "serving_default", Inputs: []serving.Tensor{in("x", tf.Uint8, -1)}},
	}
}

// The data of a decoded body agree with its shape, and a body that is not decoded is
// answered by a status of 4xx, or by 501 for a type that JSON cannot represent.
func FuzzDecodePredict(f *testing.F) {
	for _, body := range []string{
		`{"instances": [1, 2, 255]}`, `{"inputs": [[1], [2]]}`, `{"instances": [{"x": 1}]}`, `{"instances": [{"b64": "AAEC"}]}`,
		`{"signature_name": "images", "instances": [[[[0.5], [NaN]], [[1e3], [-1]]]]}`,
		`{"signature_name": "images", "instances": [{"b64": "AAECAw=="}, [[[0],[0]],[[0],[0]]]]}`,
		`{"signature_name": "images", "inputs": {"x": []}}`,
		`{"signature_name": "many", "instances": [{"s": "\u00e4", "b": true, "i": [1, 2, 3]}]}`,
		`{"signature_name": "many", "inputs": {"s": [{"b64": "AA"}], "b": [false], "i": [[1, 2, 3]]}}`,
		`{"instances": [[]]}`, `[`, `{"a":{}}`, `{"instances": [[[[[[1]]]]]]}`,
	} {
		f.Add([]byte(body))
	}
	v := &version{model: signatures{}}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := decodePredict(body, v, func(file []byte, shape [3]int) ([]byte, error) {
			return make([]byte, shape[0]*shape[1]*shape[2]), nil
		})
		if err != nil {
			var known statusError
			if !errors.As(err, &known) || known.status != 400 && known.status != 501 {
				t.Fatalf("%q: %v: want an error with a status", body, err)
			}
			return
		}
		for name, in := range r.inputs {
			values := len(in.strings)
			if in.dtype != tf.String {
				values = len(in.data) / sizes[in.dtype]
			}
			if values != product(in.shape) {
				t.Fatalf("%q: input %s of shape %v has %d values", body, name, in.shape, values)
			}
			if r.rows != 0 && in.rows() != r.rows {
				t.Fatalf("%q: input %s has %d rows, the request %d", body, name, in.rows(), r.rows)
			}
		}
	})
}

// The scanner accepts the same texts as encoding/json, and Serving's three words as
// well, but rejects duplicate keys and deep nesting.
func FuzzScanner(f *testing.F) {
	for _, text := range []string{`{"a": [1, -2.5e+3, "x\n\u1234", true, null, {}]}`, `{"a": 01}`, `{"a": "\x"}`, `{"": 1e}`, "{\"\xff\": 1}"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := members(text)
		var object map[string]any
		valid := json.Unmarshal(text, &object) == nil && object != nil
		if err == nil && !valid && !strings.Contains(string(text), "NaN") && !strings.Contains(string(text), "Infinity") {
			t.Fatalf("%q: accepted, but is not JSON", text)
		}
		if err != nil && valid && !strings.Contains(err.Error(), "twice") && !strings.Contains(err.Error(), "deep") {
			t.Fatalf("%q: %v, but it is JSON", text, err)
		}
	})
}

func FuzzExamples(f *testing.F) {
	for _, body := range []string{`{"examples": [{"x": 1.5, "y": [1, 2]}, {"x": {"b64": "AA=="}}]}`, `{"context": {"a": "b"}, "examples": [{"x": [true]}]}`, `{"examples": [{"x": [1, "a"]}]}`} {
		f.Add([]byte(body))
	}
	regression := serving.Signature{Inputs: []serving.Tensor{{Name: "inputs", DType: tf.String}}}
	f.Fuzz(func(t *testing.T, body []byte) {
		keys, err := topLevel(body)
		if err != nil {
			return
		}
		list, err := exampleList(keys)
		if err == nil {
			_, err = serialized(regression, list)
		}
		if err != nil && !isStatus(err) {
			t.Fatalf("%q: %v: want an error with a status", body, err)
		}
	})
}

func TestFailIsJSON(t *testing.T) {
	s := New(Options{Name: "m"})
	w := httptest.NewRecorder()
	s.fail(w, httptest.NewRequest("GET", "/", nil), badRequest("a \"quoted\"\nline \xff"))
	var answer map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 400 {
		t.Error(w.Code, w.Body, err)
	}
}
