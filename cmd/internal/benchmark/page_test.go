package benchmark

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var regen = flag.Bool("regen", false, "write the golden page instead of comparing with it")

// canned returns a result with everything that a page can have.
func canned() *Result {
	n := measured()
	n.Scaling = []Point{{32, Parallelism{1, 1}, .010}, {32, Parallelism{2, 1}, .006}, {32, Parallelism{2, 2}, .005},
		{64, Parallelism{1, 1}, .020}, {64, Parallelism{2, 1}, .011}, {64, Parallelism{2, 2}, .009}}
	n.Contenders = append(n.Contenders, &Contender{Name: "not yet"})
	for _, c := range n.Contenders {
		for _, r := range c.Runs {
			if r == nil {
				continue
			}
			for i := range r.Steps {
				r.Steps[i] /= 1e3
			}
			r.Peak *= 1 << 20
		}
	}
	alone := &Network{Name: "alone", Batch: 32, Examples: 64, Epochs: 2, MultiplyAdds: 5e6, StepWork: 12e6,
		Contenders: []*Contender{{Name: Resident, Precision: "float32", Runs: []*Run{run(3, 1<<28, .004)}}}}
	return &Result{
		Machine: Machine{CPU: "Some CPU", Features: []string{"avx2"}, Cores: 2, GPUs: []string{"Some GPU"}, Memory: "24.0 GiB", Load: "0.10 0.20 0.30",
			System: "linux/amd64", TensorFlow: "2.18.1", Go: "go1.25.0", Keras: "3.8.0", Started: time.Date(2025, 2, 3, 4, 5, 6, 0, time.UTC)},
		Notes:    []string{"net: one setting was left out."},
		Rates:    []Rate{{"float32", 250e9}, {"mixed_bfloat16", 800e9}},
		Networks: []*Network{n, alone},
	}
}

func TestGoldenPage(t *testing.T) {
	dir := t.TempDir()
	if err := canned().Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{MarkdownFile, JSONFile} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name)
		if *regen {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (- want, + got; make it anew with -regen):\n%s", golden, diff)
		}
	}
}

// The numbers can be read back, including the skipped rounds.
func TestNumbers(t *testing.T) {
	dir := t.TempDir()
	want := canned()
	if err := want.Write(dir); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, JSONFile))
	if err != nil {
		t.Fatal(err)
	}
	var got Result
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*want, got); diff != "" {
		t.Errorf("- written, + read:\n%s", diff)
	}
}
