package fit

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/graphs/optim"
)

// TestEveryOptimizerResumes stops a run of each optimizer after 13 steps, in the middle
// of an epoch. Resumed with its slots and its number of steps, the run has the same
// results, to the bit, as an uninterrupted one.
func TestEveryOptimizerResumes(t *testing.T) {
	extra := map[string]map[string]float64{"sgd": {"momentum": 0.9, "clipnorm": 0.5}, "adam": {"amsgrad": 1, "weight_decay": 0.1},
		"rmsprop": {"centered": 1, "momentum": 0.5}, "nadam": {"global_clipnorm": 0.5}}
	for _, name := range optim.Names() {
		t.Run(name, func(t *testing.T) {
			o, err := optim.New(name, optim.Settings{LearningRate: 0.1, Hyperparameters: extra[name]})
			if err != nil {
				t.Fatal(err)
			}
			lesson := func() *lesson {
				l := newLesson(t)
				l.optimizer, l.schedule = o, optim.Decay{Class: "PolynomialDecay", InitialRate: 0.1, DecaySteps: 10, Power: 2, EndRate: 0.01, Cycle: true}
				return l
			}
			want, err := lesson().begin(t.Context(), t)
			if err != nil {
				t.Fatal(err)
			}
			l := lesson()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			l.callbacks = []Callback{&watcher{at: func(call string, r *Run) error {
				if call == "step" && r.Epoch == 1 && r.Step == 5 {
					cancel()
				}
				return nil
			}}}
			if _, err := l.begin(ctx, t); !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v, want that it was cancelled", err)
			}
			l.callbacks = nil
			got, warnings, err := l.resume(t.Context(), t)
			if err != nil || len(warnings) > 0 {
				t.Fatal(err, warnings)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-uninterrupted +resumed):\n%s", diff)
			}
		})
	}
}
