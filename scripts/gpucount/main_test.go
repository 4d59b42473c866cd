package main

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// A training step copies one position in the order per example and almost nothing else,
// and with XLA no part of it is compiled twice.
func TestStepOnACountingGPU(t *testing.T) {
	tflab := os.Getenv("TFLAB_COUNTED")
	if _, err := os.Stat(filepath.Join(os.Getenv("TFLAB_FAKEGPU"), "with-gpu")); err != nil || tflab == "" || os.Getuid() != 0 {
		t.Skip("wants the stand-ins of a GPU in TFLAB_FAKEGPU, a tflab for it in TFLAB_COUNTED, and root: make test-gpu")
	}
	for _, tt := range []struct {
		network      string
		limit, batch int
		most         float64 // bytes in each direction
	}{{"mnist-mlp-relu", 4000, 128, 1100}, {"mnist-cnn", 4000, 128, 1100}, {"cifar10-cnn", 1616, 32, 600}} {
		for _, flag := range []string{"--jit=false", "--jit", "--deterministic"} {
			t.Run(tt.network+" "+flag, func(t *testing.T) {
				sample := map[bool]string{false: "sample-mnist", true: "sample-cifar10"}[tt.network == "cifar10-cnn"]
				var c perStep
				// The stand-ins compute no meaningful numbers, so the best epoch may
				// differ between the two runs and one may write an additional
				// checkpoint. This does not happen three times in a row.
				for range 3 {
					var err error
					c, err = trial{tt.network, tflab, tt.limit, tt.batch, []string{"--dataset", sample, flag}}.count(t.TempDir())
					if err != nil {
						t.Fatal(err)
					}
					t.Logf("%+v", c)
					if math.Abs(c.toHost) <= tt.most && math.Abs(c.fromHost) <= tt.most {
						break
					}
				}
				if c.launches <= 0 {
					t.Errorf("%g launches a step: nothing ran on the GPU", c.launches)
				}
				if math.Abs(c.toHost) > tt.most || math.Abs(c.fromHost) > tt.most {
					t.Errorf("a step copies %.0f B to the host and %.0f B from it: want at most %.0f", c.toHost, c.fromHost, tt.most)
				}
			})
		}
		t.Run(tt.network+" compiles once", func(t *testing.T) {
			out, err := trial{tt.network, tflab, tt.limit, tt.batch, []string{"--tf-log"}}.train(t.TempDir()+"/run", 2, "TF_CPP_VMODULE=device_compilation_profiler=1")
			if err != nil {
				t.Fatal(err)
			}
			if !regexp.MustCompile(`Compiled cluster_\d+ 1 times`).MatchString(out) {
				t.Error("XLA compiled nothing")
			}
			if again := regexp.MustCompile(`Compiled cluster_\d+ ([2-9]|\d\d+) times`).FindString(out); again != "" {
				t.Error(again)
			}
		})
	}
}
