package fit

import (
	"context"
	"testing"
	"time"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/graphs/trace"
)

// Profile records the given number of steps, or fewer in a short run, and changes no
// results.
func TestProfile(t *testing.T) {
	fitted := func(epochs int, traced bool, callbacks ...Callback) *History {
		t.Helper()
		p, err := graphs.Compile(dot{}, graphs.Options{Optimizer: optim.SGD(.5, optim.Momentum{}), Device: graphs.CPU, Traced: traced})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		h, err := Fit(context.Background(), p, shades(40), Config{Epochs: epochs, BatchSize: 10}, callbacks...) // four steps per epoch
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	for _, tt := range []struct {
		name                        string
		epochs, warmup, steps, want int
	}{
		{"within", 3, 5, 3, 3},
		{"to the last step", 2, 5, 3, 3},
		{"a shorter warm-up", 1, 5, 3, 3},
		{"no warm-up", 1, 5, 4, 4},
		{"all there is", 1, 5, 10, 4},
		{"from the first step", 2, 0, 2, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			writes, recorded := 0, 0
			got := fitted(tt.epochs, true, Profile(Profiling{Warmup: tt.warmup, Steps: tt.steps, Write: func(steps []trace.Step, _ time.Duration) error {
				writes++
				for _, s := range steps {
					for _, o := range s.Operations {
						if o.Type == "SparseSoftmaxCrossEntropyWithLogits" {
							recorded++
						}
					}
				}
				return nil
			}}))
			if writes != 1 || recorded != tt.want {
				t.Errorf("%d steps recorded, written %d times: want %d, once", recorded, writes, tt.want)
			}
			want := fitted(tt.epochs, false)
			for i, e := range want.Epochs {
				if e.Training != got.Epochs[i].Training {
					t.Errorf("epoch %d: %+v with a profile, %+v without", i, got.Epochs[i].Training, e.Training)
				}
			}
		})
	}
}

// A program that was not compiled for tracing returns an error.
func TestProfileWithoutTrace(t *testing.T) {
	_, err := Fit(context.Background(), compile(t, still()), shades(4), Config{Epochs: 1, BatchSize: 2},
		Profile(Profiling{Steps: 1, Write: func([]trace.Step, time.Duration) error { return nil }}))
	if err == nil {
		t.Error("no error from a program without Options.Traced")
	}
}
