package fit

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/optim"
)

// lesson is a run to interrupt: 4 epochs of 8 steps, with an optimizer that has slots,
// a decaying rate and callbacks that have state.
type lesson struct {
	dir       string
	config    Config
	save      Checkpoints
	callbacks []Callback // before the others
	optimizer optim.Optimizer
	schedule  optim.Schedule
}

func newLesson(t *testing.T) *lesson {
	return &lesson{dir: filepath.Join(t.TempDir(), "checkpoint"),
		config:    Config{Epochs: 4, BatchSize: 5, ValidationSplit: 0.2, Seed: 3},
		optimizer: optim.Adam(0.1), schedule: optim.InverseTimeDecay(0.01)}
}

func (l *lesson) program(t *testing.T) *graphs.Program {
	t.Helper()
	p, err := graphs.Compile(dot{}, graphs.Options{Optimizer: l.optimizer, Schedule: l.schedule, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// begin runs from the first step; it ends early if the context ends.
func (l *lesson) begin(ctx context.Context, t *testing.T) (outcome, error) {
	t.Helper()
	p := l.program(t)
	return l.run(ctx, t, p, nil)
}

// resume restores the newest valid checkpoint in a new program and continues. It also
// returns the warnings.
func (l *lesson) resume(ctx context.Context, t *testing.T) (o outcome, warnings []string, err error) {
	t.Helper()
	p := l.program(t)
	state, err := Restore(p, l.dir, func(w string) { warnings = append(warnings, w) })
	if err != nil {
		return outcome{}, warnings, err
	}
	o, err = l.run(ctx, t, p, state)
	return o, warnings, err
}

func (l *lesson) run(ctx context.Context, t *testing.T, p *graphs.Program, from *State) (outcome, error) {
	t.Helper()
	c := l.config
	c.Resume = from
	callbacks := append([]Callback(nil), l.callbacks...)
	if !p.FollowsSchedule() {
		callbacks = append(callbacks, ReduceLROnPlateau(Plateau{Patience: 1, MinDelta: 1}))
	}
	callbacks = append(callbacks, EarlyStopping(Stopping{Patience: 9, RestoreBest: true}), Checkpoint(l.dir, l.save))
	h, err := Fit(ctx, p, shades(50), c, callbacks...)
	weights, failed := p.Weights()
	if failed != nil {
		t.Fatal(failed)
	}
	o := outcome{History: h, Weights: pack(weights)}
	for i := range h.Epochs {
		h.Epochs[i].Duration, h.Epochs[i].TrainDuration = 0, 0
	}
	return o, err
}

// outcome is the result of a run, except for the times.
type outcome struct {
	History *History
	Weights []savedWeight
}

// uninterrupted returns the outcome of a lesson without interruption.
func uninterrupted(t *testing.T) outcome {
	t.Helper()
	o, err := newLesson(t).begin(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// saboteur is a callback with state that cancels the run while the state is being
// saved.
type saboteur struct {
	Nothing
	cancel func()
	after  int // number of saved states
}

func (s *saboteur) StateName() string { return "saboteur" }

func (s *saboteur) MarshalJSON() ([]byte, error) {
	if s.after--; s.after == 0 {
		s.cancel()
	}
	return json.Marshal(0)
}

func (s *saboteur) UnmarshalJSON([]byte) error { return nil }

func TestAResumedRunIsTheSameRun(t *testing.T) {
	want := uninterrupted(t)
	at := func(call string, epoch, step int) func(cancel func()) Callback {
		return func(cancel func()) Callback {
			return &watcher{at: func(c string, r *Run) error {
				if c == call && r.Epoch == epoch && r.Step == step {
					cancel()
				}
				return nil
			}}
		}
	}
	tests := []struct {
		name  string
		where func(cancel func()) Callback
	}{
		{"before the first step", at("begin", 0, 0)},
		{"after the first step", at("step", 0, 1)},
		{"in the middle of an epoch", at("step", 1, 4)},
		{"before the validation", at("step", 1, 8)},
		{"at an epoch's end", at("epoch", 2, 8)},
		{"in the last epoch", at("step", 3, 7)},
		{"while a checkpoint is saved", func(cancel func()) Callback { return &saboteur{cancel: cancel, after: 2} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			l := newLesson(t)
			l.callbacks = []Callback{tt.where(cancel)}
			if _, err := l.begin(ctx, t); !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v, want that it was cancelled", err)
			}
			l.callbacks = nil
			got, warnings, err := l.resume(t.Context(), t)
			if errors.Is(err, ErrNoCheckpoint) && tt.name == "before the first step" {
				got, err = l.begin(t.Context(), t) // nothing was done, so nothing was saved
			}
			if err != nil || warnings != nil {
				t.Fatalf("%v, warnings %q", err, warnings)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(- uninterrupted, + resumed)\n%s", diff)
			}
		})
	}
}

// TestInterruptedAtEveryStep interrupts and resumes one run repeatedly.
func TestInterruptedAtEveryStep(t *testing.T) {
	want := uninterrupted(t)
	l := newLesson(t)
	var got outcome
	var err error
	for n := 0; ; n++ {
		ctx, cancel := context.WithCancel(t.Context())
		steps := 0
		l.callbacks = []Callback{&watcher{at: func(call string, r *Run) error {
			if call == "step" {
				if steps++; steps == 3 {
					cancel()
				}
			}
			return nil
		}}}
		if n == 0 {
			got, err = l.begin(ctx, t)
		} else {
			got, _, err = l.resume(ctx, t)
		}
		cancel()
		if err == nil {
			if n < 8 {
				t.Errorf("interrupted %d times, want 8 and more", n)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(- uninterrupted, + resumed)\n%s", diff)
	}
}

func TestAFinishedRunIsResumed(t *testing.T) {
	want := uninterrupted(t)
	l := newLesson(t)
	if _, err := l.begin(t.Context(), t); err != nil {
		t.Fatal(err)
	}
	got, _, err := l.resume(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(- uninterrupted, + resumed at its end)\n%s", diff)
	}
	l.config.Epochs = 6
	longer, _, err := l.resume(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(longer.History.Epochs); n != 6 {
		t.Errorf("%d epochs after going on to 6", n)
	}
}

func TestResumeRefusesAnotherPlace(t *testing.T) {
	l := newLesson(t)
	for _, s := range []State{
		{Epoch: -1, History: &History{}},
		{Step: -1, History: &History{}},
		{Step: 9, History: &History{}},
		{Epoch: 1, History: &History{}},
		{Epoch: 0},
		{Epoch: 5, History: &History{Epochs: make([]Epoch, 5)}},
		{Epoch: 4, Step: 1, History: &History{Epochs: make([]Epoch, 4)}},
		{History: &History{}, Callbacks: map[string]json.RawMessage{"early_stopping": json.RawMessage(`"no"`)}},
	} {
		c := l.config
		c.Resume = &s
		_, err := Fit(t.Context(), l.program(t), shades(50), c, EarlyStopping(Stopping{}))
		if err == nil {
			t.Errorf("%+v is taken up", s)
		}
	}
}
