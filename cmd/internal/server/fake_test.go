package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/graphs/serving"
)

// fake is a model whose outputs a test computes from the inputs.
type fake struct {
	signatures []serving.Signature
	compute    func(signature string, in map[string]*tf.Tensor) (map[string]*tf.Tensor, error)
	runs       atomic.Int64
	running    atomic.Int64
	closed     atomic.Bool
	delay      time.Duration
}

func (f *fake) Signatures() []serving.Signature { return f.signatures }

func (f *fake) Run(_ context.Context, signature string, in map[string]*tf.Tensor) (map[string]*tf.Tensor, error) {
	f.runs.Add(1)
	f.running.Add(1)
	defer f.running.Add(-1)
	time.Sleep(f.delay)
	if f.closed.Load() {
		return nil, errors.New("run after close")
	}
	return f.compute(signature, in)
}

func (f *fake) Close() error {
	if f.running.Load() > 0 {
		return errors.New("closed while it runs")
	}
	f.closed.Store(true)
	return nil
}

func info(name string, dtype tf.DataType, shape ...int64) serving.Tensor {
	return serving.Tensor{Name: name, Graph: "t:0", DType: dtype, Shape: shape, Known: true}
}

// halfPlusThree is the network of Serving's documentation: y = x/2 + 3.
func halfPlusThree() *fake {
	const regress = "tensorflow/serving/regress"
	return &fake{
		signatures: []serving.Signature{
			{Name: "serving_default",
				Inputs:  []serving.Tensor{info("x", tf.Float, -1, 1)},
				Outputs: []serving.Tensor{info("y", tf.Float, -1, 1)},
				Method:  "tensorflow/serving/predict",
			},
			{Name: regress,
				Inputs:  []serving.Tensor{info("inputs", tf.String)},
				Outputs: []serving.Tensor{info("outputs", tf.Float, -1, 1)},
				Method:  regress,
			},
		},
		compute: func(_ string, in map[string]*tf.Tensor) (map[string]*tf.Tensor, error) {
			if examples, ok := in["inputs"]; ok {
				y, err := regressed(examples.Value().([]string))
				return map[string]*tf.Tensor{"outputs": y}, err
			}
			y := values(in["x"])
			for i := range y {
				y[i] = y[i]/2 + 3
			}
			return map[string]*tf.Tensor{"y": floats(in["x"].Shape(), y...)}, nil
		},
	}
}

// start serves a model as NAME and returns its address.
func start(t testing.TB, m server.Model, o server.Options, d server.Description) string {
	t.Helper()
	s, url := startServer(t, o)
	d.Version = max(d.Version, 123)
	s.Use(m, d)
	return url
}

func startServer(t testing.TB, o server.Options) (*server.Server, string) {
	t.Helper()
	if o.Name == "" {
		o.Name = "half_plus_three"
	}
	s := server.New(o)
	h := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		h.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, h.URL
}

// post returns the status and the body of a response.
func post(t testing.TB, url, body string) (int, string) {
	t.Helper()
	r, err := http.Post(url, "application/json", strings.NewReader(body))
	return read(t, r, err)
}

func get(t testing.TB, url string) (int, string) {
	t.Helper()
	r, err := http.Get(url)
	return read(t, r, err)
}

func read(t testing.TB, r *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

// compact returns JSON without white space, so that layout does not matter. Text with
// NaN, which is not JSON, is returned unchanged.
func compact(text string) string {
	var b strings.Builder
	for _, r := range text {
		if !strings.ContainsRune(" \n\t\r", r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// message returns the error in a response in Serving's format.
func message(t testing.TB, body string) string {
	t.Helper()
	var answer map[string]string
	if err := json.Unmarshal([]byte(body), &answer); err != nil || len(answer) != 1 || answer["error"] == "" {
		t.Fatalf(`answer %q: want {"error": "…"}`, body)
	}
	return answer["error"]
}
