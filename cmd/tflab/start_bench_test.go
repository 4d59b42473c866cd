package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tflab/tflab/cmd/internal/runfolder"
)

// BenchmarkStart measures the time of tflab train from the start of its process to the
// end of its first step, and to its exit after an epoch of ten steps. It uses MNIST and
// CIFAR-10 from TFLAB_DATA, or else the embedded samples.
func BenchmarkStart(b *testing.B) {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	for _, bb := range []struct{ network, sample, limit string }{
		{"mnist-mlp-relu", "sample-mnist", "1600"}, // 1,280 after the split
		{"mnist-cnn", "sample-mnist", "1600"},
		{"cifar10-cnn", "sample-cifar10", "320"},
	} {
		b.Run(bb.network, func(b *testing.B) {
			args := []string{"tflab", "train", bb.network, "--limit", bb.limit, "--epochs", "1", "--verbose", "0"}
			if os.Getenv("TFLAB_DATA") == "" {
				args = append(args, "--dataset", bb.sample)
			}
			first := 0.0
			for b.Loop() {
				dir := filepath.Join(b.TempDir(), "run")
				cmd := exec.Cmd{Path: self, Args: append(args, "--out", dir), Env: os.Environ()}
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				var timing runfolder.Timing
				raw, err := os.ReadFile(filepath.Join(dir, runfolder.TimingFile))
				if err == nil {
					err = json.Unmarshal(raw, &timing)
				}
				if err != nil {
					b.Fatal(err)
				}
				first += timing.Startup
			}
			b.ReportMetric(1e3*first/float64(b.N), "ms/first-step")
		})
	}
}
