package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/graphs/serving"
)

// The requests and responses of https://www.tensorflow.org/tfx/serving/api_rest,
// example by example.
func TestDocumentedExamples(t *testing.T) {
	url := start(t, halfPlusThree(), server.Options{}, server.Description{})
	const model = "/v1/models/half_plus_three"
	for _, c := range []struct {
		name, path, body string
		status           int
		want             string
	}{
		{"status", model, "", 200, `{"model_version_status":[{"version":"123","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}`},
		{"predict", model + ":predict", `{"instances": [1.0,2.0,5.0]}`, 200, `{"predictions":[3.5,4.0,5.5]}`},
		{"regress", model + ":regress", `{"signature_name": "tensorflow/serving/regress", "examples": [{"x": 1.0}, {"x": 2.0}]}`, 200, `{"results":[3.5,4.0]}`},
		{"not found", "/v1/models/half:predict", `{"instances": [1.0,5.0]}`, 404, `{"error":"Servablenotfoundforrequest:Latest(half)"}`},
		{"version", model + "/versions/123:predict", `{"instances": [1.0]}`, 200, `{"predictions":[3.5]}`},
		{"columns", model + ":predict", `{"inputs": [[1.0],[2.0]]}`, 200, `{"outputs":[[3.5],[4.0]]}`},
		{"named column", model + ":predict", `{"inputs": {"x": [1, 2e0]}}`, 200, `{"outputs":[3.5,4.0]}`},
		{"named rows", model + ":predict", `{"instances": [{"x": [1]}, {"x": [-2]}]}`, 200, `{"predictions":[[3.5],[2.0]]}`},
		{"signature", model + ":predict", `{"signature_name": "serving_default", "instances": [1]}`, 200, `{"predictions":[3.5]}`},
		{"capitals", "/v1/Models/half_plus_three:Predict", `{"instances": [1]}`, 200, `{"predictions":[3.5]}`},
		{"no numbers of JSON", model + ":predict", `{"instances": [NaN, Infinity, -Infinity]}`, 200, `{"predictions":[NaN,Infinity,-Infinity]}`},
		{"other version", model + "/versions/7:predict", `{"instances": [1]}`, 404, `{"error":"Servablenotfoundforrequest:Specific(half_plus_three,7)"}`},
		{"status of a version", model + "/versions/123", "", 200, `{"model_version_status":[{"version":"123","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}`},
		{"status of another", model + "/versions/7", "", 404, ""},
		{"status of none", "/v1/models", "", 400, ""},
		{"label", model + "/labels/stable", "", 404, ""},
		{"nothing", "/v1/other", "", 400, ""},
		{"classify", model + ":classify", `{"examples": [{"x": 1.0}]}`, 400, ""},
		{"unknown signature", model + ":predict", `{"signature_name": "no", "instances": [1]}`, 400, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := 0, ""
			if c.body == "" {
				status, body = get(t, url+c.path)
			} else {
				status, body = post(t, url+c.path, c.body)
			}
			if status != c.status {
				t.Fatalf("status %d, %s: want %d", status, body, c.status)
			}
			if status != 200 {
				message(t, body)
			}
			if c.want != "" && compact(body) != c.want {
				t.Errorf("got %s, want %s", compact(body), c.want)
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	url := start(t, halfPlusThree(), server.Options{}, server.Description{})
	status, body := get(t, url+"/v1/models/half_plus_three/metadata")
	if status != 200 {
		t.Fatal(status, body)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	dim := func(n string) any { return map[string]any{"size": n, "name": ""} }
	spec := got["model_spec"].(map[string]any)
	if d := cmp.Diff(map[string]any{"name": "half_plus_three", "signature_name": "", "version": "123"}, spec); d != "" {
		t.Error(d)
	}
	signatures := got["metadata"].(map[string]any)["signature_def"].(map[string]any)["signature_def"].(map[string]any)
	x := signatures["serving_default"].(map[string]any)["inputs"].(map[string]any)["x"]
	if d := cmp.Diff(map[string]any{"dtype": "DT_FLOAT", "name": "t:0",
		"tensor_shape": map[string]any{"dim": []any{dim("-1"), dim("1")}, "unknown_rank": false}}, x); d != "" {
		t.Error(d)
	}
}

// The documentation's example of several inputs (strings, vectors and matrices), in row
// and column format.
func TestSeveralInputs(t *testing.T) {
	var seen map[string]*tf.Tensor
	echo := &fake{
		signatures: []serving.Signature{{Name: "serving_default",
			Inputs:  []serving.Tensor{info("tag", tf.String, -1), info("signal", tf.Float, -1, 5), info("sensor", tf.Int64, -1, 2, 2)},
			Outputs: []serving.Tensor{info("tag", tf.String, -1), info("tag_bytes", tf.String, -1), info("sensor", tf.Int64, -1, 2, 2)},
		}},
		compute: func(_ string, in map[string]*tf.Tensor) (map[string]*tf.Tensor, error) {
			seen = in
			return map[string]*tf.Tensor{"tag": in["tag"], "tag_bytes": in["tag"], "sensor": in["sensor"]}, nil
		},
	}
	url := start(t, echo, server.Options{}, server.Description{}) + "/v1/models/half_plus_three:predict"
	status, body := post(t, url, `{"instances": [
		{"tag": "foo", "signal": [1, 2, 3, 4, 5], "sensor": [[1, 2], [3, 4]]},
		{"tag": {"b64": "YmFy"}, "signal": [3, 4, 1, 2, 5], "sensor": [[4, 5], [6, 8]]}]}`)
	if want := `{"predictions":[{"sensor":[[1,2],[3,4]],"tag":"foo","tag_bytes":{"b64":"Zm9v"}},{"sensor":[[4,5],[6,8]],"tag":"bar","tag_bytes":{"b64":"YmFy"}}]}`; status != 200 || compact(body) != want {
		t.Errorf("rows: %d %s, want %s", status, compact(body), want)
	}
	if d := cmp.Diff([]float32{1, 2, 3, 4, 5, 3, 4, 1, 2, 5}, values(seen["signal"])); d != "" {
		t.Error(d)
	}
	status, body = post(t, url, `{"inputs": {"tag": ["foo", "b\u0061r"],
		"signal": [[1, 2, 3, 4, 5], [3, 4, 1, 2, 5]], "sensor": [[[1, 2], [3, 4]], [[4, 5], [6, 8]]]}}`)
	if want := `{"outputs":{"sensor":[[[1,2],[3,4]],[[4,5],[6,8]]],"tag":["foo","bar"],"tag_bytes":[{"b64":"Zm9v"},{"b64":"YmFy"}]}}`; status != 200 || compact(body) != want {
		t.Errorf("columns: %d %s, want %s", status, compact(body), want)
	}
	for _, wrong := range []string{
		`{"instances": [1]}`,
		`{"instances": [{"tag": "foo", "signal": [1, 2, 3, 4, 5]}]}`,
		`{"instances": [{"tag": "foo", "signal": [1, 2, 3, 4, 5], "sensor": [[1, 2], [3, 4.5]]}]}`,
		`{"instances": [{"tag": "foo", "signal": [1, 2, 3, 4, 5], "sensor": [[1, 2], [3, 4]], "more": 1}]}`,
		`{"instances": [{"tag": 5, "signal": [1, 2, 3, 4, 5], "sensor": [[1, 2], [3, 4]]}]}`,
		`{"inputs": {"tag": ["foo"]}}`,
		`{"inputs": ["foo"]}`,
	} {
		if status, body := post(t, url, wrong); status != 400 {
			t.Errorf("%s: %d %s, want 400", wrong, status, body)
		}
	}
}

// Each type is returned as it was sent.
func TestTypes(t *testing.T) {
	for _, c := range []struct {
		dtype    tf.DataType
		in, want string
	}{
		{tf.Float, `[0.1, 1e-7, 16777216, 3.4e38]`, `[0.1,1e-07,1.6777216e+07,3.4e+38]`},
		{tf.Double, `[0.1, 1e-300, 9007199254740993]`, `[0.1,1e-300,9.007199254740992e+15]`},
		{tf.Bool, `[true, false]`, `[true,false]`},
		{tf.Int8, `[-128, 127]`, `[-128,127]`},
		{tf.Int16, `[-32768, 32767]`, `[-32768,32767]`},
		{tf.Int32, `[-2147483648, 2147483647]`, `[-2147483648,2147483647]`},
		{tf.Int64, `[-9223372036854775808, 9223372036854775807]`, `[-9223372036854775808,9223372036854775807]`},
		{tf.Uint8, `[0, 255]`, `[0,255]`},
		{tf.Uint16, `[65535]`, `[65535]`},
		{tf.String, `["", "ü\n\"", "\ud83d\ude00"]`, `["","ü\n\"","😀"]`},
		{tf.Int8, `[128]`, ""},
		{tf.Uint8, `[-1]`, ""},
		{tf.Int32, `[1.5]`, ""},
		{tf.Float, `[1e39]`, ""},
		{tf.Float, `["1"]`, ""},
		{tf.Bool, `[1]`, ""},
		{tf.Float, `[null]`, ""},
		{tf.Half, `[1]`, ""},
		{tf.Uint64, `[1]`, ""},
	} {
		echo := &fake{
			signatures: []serving.Signature{{Name: "serving_default",
				Inputs: []serving.Tensor{info("x", c.dtype, -1)}, Outputs: []serving.Tensor{info("y", c.dtype, -1)}}},
			compute: func(_ string, in map[string]*tf.Tensor) (map[string]*tf.Tensor, error) {
				return map[string]*tf.Tensor{"y": in["x"]}, nil
			},
		}
		url := start(t, echo, server.Options{}, server.Description{}) + "/v1/models/half_plus_three:predict"
		status, body := post(t, url, `{"inputs": `+c.in+`}`)
		if c.want == "" {
			if status != 400 && status != 501 {
				t.Errorf("%v %s: %d %s, want an error", c.dtype, c.in, status, body)
			}
			continue
		}
		if want := `{"outputs":` + c.want + `}`; status != 200 || compact(body) != want {
			t.Errorf("%v %s: %d %s, want %s", c.dtype, c.in, status, body, want)
		}
	}
}

// A malformed request is answered by a 400 that says where and what is wrong.
func TestMalformed(t *testing.T) {
	url := start(t, halfPlusThree(), server.Options{}, server.Description{}) + "/v1/models/half_plus_three:predict"
	for body, want := range map[string]string{
		``:                                     "empty body",
		`[]`:                                   "want an object",
		`{`:                                    "the end",
		`{"instances": [1}`:                    `"," or "]"`,
		`{"instances": [1]} x`:                 "want the end",
		`{"instances": []}`:                    "is empty",
		`{"instances": 1}`:                     "is not a list",
		`{"instances": [1], "inputs": [1]}`:    "both",
		`{"instances": [1], "instances": [2]}`: "twice",
		`{}`:                                   "neither",
		`{"instances": [[1], [1, 2]]}`:         "a list of more than 1",
		`{"instances": [1, [2]]}`:              "a list, but other elements are values",
		`{"instances": [[1], 2]}`:              "a single value, but other elements are lists",
		`{"instances": [01]}`:                  "want a value",
		`{"instances": [1.]}`:                  "want a value",
		`{"instances": [{"y": 1}]}`:            `input "y" is unknown`,
		`{"instances": [{"x": 1}, 2]}`:         "some instances are objects",
		`{"instances": [{"b64": "AAAA"}]}`:     "base64: want DT_FLOAT",
		`{"instances": [{"b64": "*"}]}`:        "base64",
		`{"signature_name": 5, "inputs": [1]}`: "want a string",
		"{\"instances\": [\"a\tb\"]}":          "control character",
		`{"instances": [` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `]}`: "nested more than 64 levels",
	} {
		status, answer := post(t, url, body)
		if text := message(t, answer); status != 400 || !strings.Contains(text, want) || strings.Contains(text, "\n") {
			t.Errorf("%s: %d %s: want 400 and one line with %q", body, status, text, want)
		}
	}
	if status, _ := post(t, url, `{"instances": [1]}`); status != 200 {
		t.Errorf("status %d after all that: want 200", status)
	}
}
