package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/cmd/internal/server"
	"github.com/tflab/tflab/graphs/serving"
)

// brightness is a network for grey images of 2x2: the sum of the pixels, and 1.
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

// decode takes files of four bytes for images.
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
		{number + "predict", `{"inputs": [{"b64": 5}]}`, `"b64" is no string`},
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

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestBodyLimit(t *testing.T) {
	url := start(t, halfPlusThree(), server.Options{MaxBody: 1 << 20}, server.Description{}) + predict
	r, err := http.Post(url, "", io.LimitReader(endless{}, 1<<30)) // a GiB, in chunks
	if err == nil {
		defer r.Body.Close()
		if r.StatusCode != 413 {
			t.Errorf("in chunks: status %d, want 413", r.StatusCode)
		}
	}
	c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), predict))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", predict, 1<<30)
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || answer.StatusCode != 413 {
		t.Errorf("announced: %v, %v: want 413", answer, err)
	}
	if status, _ := post(t, url, `{"instances": [1]}`+strings.Repeat(" ", 1<<19)); status != 200 {
		t.Errorf("within the limit: status %d", status)
	}
}

// The bodies of all requests together have a limit, too, which is free again when
// they end.
func TestBodiesLimit(t *testing.T) {
	url := start(t, halfPlusThree(), server.Options{MaxBody: 1 << 20, Bodies: 1 << 20}, server.Description{}) + predict
	half := strings.Repeat(" ", 600<<10)
	body, in := io.Pipe()
	slow := make(chan int)
	go func() {
		status, _ := post(t, url, half+`{"instances": [1]}`)
		_ = status
		r, err := http.Post(url, "", body)
		if err != nil {
			t.Error(err)
		}
		defer r.Body.Close()
		slow <- r.StatusCode
	}()
	if _, err := io.WriteString(in, half); err != nil {
		t.Fatal(err)
	}
	refused := false
	for range 200 { // until the first body has arrived
		status, _ := post(t, url, half+`{"instances": [1]}`)
		if refused = status == 503; refused {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if !refused {
		t.Error("a second large body was taken: want 503")
	}
	io.WriteString(in, `{"instances": [1]}`)
	in.Close()
	if status := <-slow; status != 200 {
		t.Errorf("the first body: %d, want 200", status)
	}
	if status, _ := post(t, url, half+`{"instances": [1]}`); status != 200 {
		t.Errorf("afterwards: %d, want 200", status)
	}
}

func TestForeignRequests(t *testing.T) {
	local := start(t, halfPlusThree(), server.Options{Local: true}, server.Description{})
	for _, c := range []struct {
		name, host, origin, site string
		want                     int
	}{
		{"curl", "", "", "", 200},
		{"localhost", "localhost:8501", "", "", 200},
		{"IPv6", "[::1]:8501", "", "", 200},
		{"rebound name", "attacker.example", "", "", 403},
		{"rebound name like ours", "localhost.attacker.example:8501", "", "", 403},
		{"own page", "localhost:8501", "http://localhost:8501", "same-origin", 200},
		{"other page", "localhost:8501", "http://attacker.example", "cross-site", 403},
		{"old browser, other page", "localhost:8501", "http://attacker.example", "", 403},
		{"other port", "localhost:8501", "http://localhost:3000", "same-site", 403},
	} {
		r, err := http.NewRequest(http.MethodPost, local+predict, strings.NewReader(`{"instances": [1]}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		for key, value := range map[string]string{"Origin": c.origin, "Sec-Fetch-Site": c.site} {
			if value != "" {
				r.Header.Set(key, value)
			}
		}
		answer, err := http.DefaultClient.Do(r)
		status, body := read(t, answer, err)
		if status != c.want {
			t.Errorf("%s: %d %s, want %d", c.name, status, body, c.want)
		}
		if answer.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: the answer lets other sites read it", c.name)
		}
	}
	for address, want := range map[string]bool{"127.0.0.1:1": true, "localhost:1": true, "[::1]:1": true, ":1": false, "0.0.0.0:1": false, "10.0.0.1:1": false, "[::]:1": false} {
		if server.IsLoopback(address) != want {
			t.Errorf("loopback %s: want %t", address, want)
		}
	}
}

// A new version takes over without a lost request; the old one is closed, but not
// while it runs.
func TestNewVersion(t *testing.T) {
	s, url := startServer(t, server.Options{})
	if status, _ := post(t, url+predict, `{"instances": [1]}`); status != 503 {
		t.Errorf("before a model is there: %d, want 503", status)
	}
	var models []*fake
	use := func(version int64) {
		m := halfPlusThree()
		m.delay = time.Millisecond
		models = append(models, m)
		s.Use(m, server.Description{Version: version})
	}
	use(1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 8)
	for range cap(done) {
		go func() {
			for ctx.Err() == nil {
				if status, body := post(t, url+predict, `{"instances": [1]}`); status != 200 {
					done <- fmt.Errorf("%d %s", status, body)
					return
				}
			}
			done <- nil
		}()
	}
	for v := int64(2); v < 12; v++ {
		time.Sleep(10 * time.Millisecond)
		use(v)
	}
	cancel()
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if status, _ := get(t, url+"/v1/models/half_plus_three/versions/11"); status != 200 {
		t.Errorf("the last version is not there: %d", status)
	}
	if status, _ := get(t, url+"/v1/models/half_plus_three/versions/1"); status != 404 {
		t.Errorf("the first version: %d, want 404", status)
	}
	time.Sleep(50 * time.Millisecond)
	for i, m := range models[:len(models)-1] {
		if !m.closed.Load() {
			t.Errorf("version %d is not closed", i+1)
		}
	}
}

// When it is told to end, the server answers what has begun and takes no more.
func TestDrain(t *testing.T) {
	m := halfPlusThree()
	m.delay = 200 * time.Millisecond
	s := server.New(server.Options{Name: "half_plus_three"})
	s.Use(m, server.Description{Version: 1})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- s.Serve(ctx, l) }()
	answer := make(chan int)
	go func() {
		status, _ := post(t, "http://"+l.Addr().String()+predict, `{"instances": [1]}`)
		answer <- status
	}()
	for m.running.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if status := <-answer; status != 200 {
		t.Errorf("the request under way: %d, want 200", status)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the server takes connections after its end")
	}
	if err := s.Close(); err != nil || !m.closed.Load() {
		t.Error(err, "the model is not closed")
	}
}

// A panic in the network is an answer, and not the end of the server.
func TestPanic(t *testing.T) {
	m := halfPlusThree()
	m.compute = func(string, map[string]*tf.Tensor) (map[string]*tf.Tensor, error) { panic("broken") }
	url := start(t, m, server.Options{}, server.Description{})
	for range 2 {
		if status, body := post(t, url+predict, `{"instances": [1]}`); status != 400 && status != 500 || !strings.Contains(message(t, body), "broken") {
			t.Error(status, body)
		}
	}
	if status, _ := get(t, url+"/nothing"); status != 404 {
		t.Errorf("status %d, want 404", status)
	}
}

func TestPageIsWhole(t *testing.T) {
	url := start(t, halfPlusThree(), server.Options{}, server.Description{})
	r, err := http.Get(url)
	status, body := read(t, r, err)
	if policy := r.Header.Get("Content-Security-Policy"); status != 200 || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("status %d, policy %q", status, policy)
	}
	for _, elsewhere := range []string{"src=\"http", "href=\"http", "@import", ": url("} {
		if strings.Contains(body, elsewhere) {
			t.Errorf("the page has %q: want nothing from elsewhere", elsewhere)
		}
	}
}
