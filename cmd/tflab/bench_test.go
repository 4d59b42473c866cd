package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/cmd/internal/benchmark"
)

// fakeKeras replaces a Python with Keras: it reports the requested versions, fails with
// XLA, and otherwise writes the times of a run.
const fakeKeras = `#!/bin/sh
if [ "$1" = -c ]; then
  echo '{"tensorflow": "%s", "keras": "%s"}'
  exit
fi
case "$*" in *"--jit-compile true"*) echo "XLA is broken" >&2; exit 1 ;; esac
while [ "$1" != --out ]; do shift; done
mkdir -p "$2"
echo '{"train_seconds": [5, 1, 2, 3]}' >"$2/history.json"
echo '{"startup_seconds": 1000, "peak_rss_bytes": 1000000000000000}' >"$2/timing.json"
`

// benchAsUser runs tflab in a separate process, since bench starts other processes,
// with a fake Keras as the only Python.
func benchAsUser(t *testing.T, keras, args string) (benchmark.Result, string, error) {
	t.Helper()
	elsewhere(t)
	writeDataset("data", "")
	check(os.WriteFile("python3", fmt.Appendf(nil, fakeKeras, tf.Version(), keras), 0o755))
	here, err := os.Getwd()
	check(err)
	self, err := os.Executable()
	check(err)
	words := strings.Fields("tflab bench --data data --only mnist-mlp-relu --rounds 2 --precisions float32 --out out " + args)
	cmd := exec.Cmd{Path: self, Args: words, Env: append(os.Environ(), "PATH="+here+":/usr/bin:/bin", "TFLAB_REFERENCE=", "XDG_CACHE_HOME=/no-cache")}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	failed := cmd.Run()
	var r benchmark.Result
	if failed != nil {
		return r, stderr.String(), failed
	}
	raw, err := os.ReadFile(filepath.Join("out", benchmark.JSONFile))
	check(err)
	check(json.Unmarshal(raw, &r))
	page, err := os.ReadFile(filepath.Join("out", benchmark.MarkdownFile))
	check(err)
	if want := string(page) + "\nbenchmark out/bench.md\n"; stdout.String() != want {
		t.Errorf("wrote\n%s\nwant bench.md and where it is:\n%s", stdout.String(), want)
	}
	left, err := os.ReadDir("out")
	check(err)
	if len(left) != 2 {
		t.Errorf("left %v, want bench.json and bench.md", left)
	}
	return r, stderr.String(), nil
}

func TestBenchBesideKeras(t *testing.T) {
	skipLong(t)
	r, stderr, err := benchAsUser(t, "3.8.0", "--epochs 2 --limit 100")
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	n := r.Networks[0]
	if n.Examples != 80 || n.Steps() != 1 || n.MultiplyAdds != 784*256+256*10 {
		t.Errorf("%d examples, %d steps, %d multiply-adds; want 80, 1 and 203264", n.Examples, n.Steps(), n.MultiplyAdds)
	}
	for name, runs := range map[string]int{"Keras": 2, "Keras, 50 steps an execution": 2, "Keras, 50 steps, XLA": 0, benchmark.Resident: 2} {
		c, got := n.Find(name), 0
		for _, run := range c.Runs {
			if run != nil {
				got++
			}
		}
		if len(c.Runs) != 2 || got != runs {
			t.Fatalf("%s: %d of %d runs, want %d of 2: %q", name, got, len(c.Runs), runs, r.Notes)
		}
	}
	s := n.Find("Keras").Summary
	if s.Step != 2 || s.StepRatio != 1 || s.Startup != 1000 {
		t.Errorf("Keras: %+v, want a step of 2 s, the median without the first epoch, a ratio of 1 and a first step after 1000 s", s)
	}
	mine := n.Find(benchmark.Resident).Summary
	if !(mine.Step > 0 && mine.Step < 2 && mine.StepRatio > 1 && mine.PeakRatio > 1e4 && mine.StartupRatio > 10) {
		t.Errorf("tflab: %+v, want ratios far above 1", mine)
	}
	if mine.Total <= mine.Startup || mine.Startup <= mine.Step || mine.Share <= 0 {
		t.Errorf("tflab: %+v, want a process that takes longer than its first step, and a share of the limit", mine)
	}
	const failure = "mnist-mlp-relu: Keras, 50 steps, XLA was left out: Keras failed: XLA is broken."
	if missing := r.Notes[0]; !strings.HasPrefix(missing, "keras-jax was not measured: it is not set up in /no-cache/tflab/reference-jax: run scripts/reference/setup --jax") {
		t.Errorf("note %q, want that Keras on JAX is not set up", missing)
	}
	if len(r.Notes) != 3 || r.Notes[2] != failure || strings.Count(stderr, failure) != 1 {
		t.Errorf("notes %q, stderr %q; want %q once in each", r.Notes, stderr, failure)
	}
}

func TestBenchAlone(t *testing.T) {
	skipLong(t)
	r, stderr, err := benchAsUser(t, "2.15.0", "--epochs 2 --limit 50 --validation none --rounds 1 --scaling --verbose 0")
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	n := r.Networks[0]
	for _, name := range []string{benchmark.Resident, benchmark.Streaming} {
		if c := n.Find(name); c == nil || c.Peer != "" || c.Summary.StepRatio != 0 {
			t.Errorf("%s: got %+v, want it measured, without a ratio", name, c)
		}
	}
	for _, c := range n.Contenders {
		if c.Peer != "" {
			t.Errorf("%s was measured: want tflab alone", c.Name)
		}
	}
	if n.Examples != 50 {
		t.Errorf("%d training examples of 50 without validation", n.Examples)
	}
	if len(n.Scaling) == 0 || n.Scaling[0].Batch != 32 || n.Scaling[0].Threads != 1 || !(n.Scaling[0].Step > 0) {
		t.Errorf("scaling %+v, want to begin with a batch of 32 and a thread", n.Scaling)
	}
	if len(r.Notes) != 3 || !strings.Contains(r.Notes[0], "has Keras 2.15.0: want Keras 3") || strings.Count(stderr, "\n") != 1 ||
		!strings.HasPrefix(stderr, "tflab: warning: keras-tf was not measured: ") {
		t.Errorf("notes %q, stderr %q; want both to say why Keras is missing", r.Notes, stderr)
	}
}

func TestParallelisms(t *testing.T) {
	for _, tt := range []struct {
		cores     int
		replicate bool
		want      string
	}{
		{1, true, "[threads: 1]"},
		{2, true, "[threads: 1 threads: 2 threads: 2, replicas: 2]"},
		{2, false, "[threads: 1 threads: 2]"},
		{8, true, "[threads: 1 threads: 2 threads: 2, replicas: 2 threads: 8 threads: 8, replicas: 2 threads: 8, replicas: 8]"},
	} {
		if got := fmt.Sprint(parallelisms(tt.cores, tt.replicate)); got != tt.want {
			t.Errorf("%d cores, replicas %t: got %s, want %s", tt.cores, tt.replicate, got, tt.want)
		}
	}
}

func TestBenchFails(t *testing.T) {
	elsewhere(t)
	check(os.MkdirAll("taken", 0o755))
	check(os.WriteFile("taken/bench.json", []byte("{}"), 0o644))
	for _, tt := range []struct {
		line   string
		status int
		want   string
	}{
		{"bench mnist-cnn --only mnist-cnn", 2, "exclude each other"},
		{"bench nonsense", 2, `unknown network "nonsense"`},
		{"bench --only nonsense", 2, `unknown network "nonsense"`},
		{"bench --rounds 0", 2, "--rounds 0: want 1 or more"},
		{"bench --epochs 1", 2, "--epochs 1: want 2 or more, since the first is not counted"},
		{"bench --limit 0", 2, "--limit 0: want 1 or more"},
		{"bench --precisions float32,float8", 2, `"float8"`},
		{"bench --keras steps,fast", 2, "--keras steps,fast: want some of default, steps and xla"},
		{"bench --validation last", 2, "want test or none"},
		{"bench --peers keras-tf,mxnet", 2, "--peers keras-tf,mxnet: want some of keras-tf, keras-jax, pytorch"},
		{"bench --python /no/python", 1, "no Python at /no/python"},
		{"bench --out taken", 1, "taken: already holds a benchmark (bench.json): name a new folder with --out"},
	} {
		fails(t, tt.line, tt.status, tt.want)
	}
}
