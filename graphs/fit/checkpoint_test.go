package fit

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/graphs/optim"
)

// names lists the checkpoints of a folder, newest first, the best ones last.
func names(t *testing.T, dir string) []string {
	t.Helper()
	labels, err := shelf(dir).all()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range labels {
		all = append(all, l.String())
	}
	return all
}

func TestKeepAndEvery(t *testing.T) {
	tests := []struct {
		name string
		save Checkpoints
		want []string // of 4 epochs of 8 steps, each better than the one before
	}{
		{"the zero value", Checkpoints{}, []string{"ckpt-32", "ckpt-24", "best-32"}},
		{"one", Checkpoints{Keep: 1}, []string{"ckpt-32", "best-32"}},
		{"all", Checkpoints{Keep: 9}, []string{"ckpt-32", "ckpt-24", "ckpt-16", "ckpt-8", "best-32"}},
	}
	for _, tt := range tests {
		l := newLesson(t)
		l.save = tt.save
		l.callbacks = []Callback{OnEpochEnd(func(r *Run) error {
			r.History.Epochs[r.Epoch].Validation.Loss = -float64(r.Epoch)
			return nil
		})}
		if _, err := l.begin(t.Context(), t); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, names(t, l.dir)); diff != "" {
			t.Errorf("%s: (- want, + got)\n%s", tt.name, diff)
		}
		index, err := os.ReadFile(filepath.Join(l.dir, "checkpoint"))
		if want := `model_checkpoint_path: "ckpt-32"`; err != nil || !strings.HasPrefix(string(index), want) {
			t.Errorf("%s: the file checkpoint is %q, %v: want it to begin with %s", tt.name, index, err, want)
		}
		if left, _ := filepath.Glob(filepath.Join(l.dir, pending+"*")); left != nil {
			t.Errorf("%s: %v is left", tt.name, left)
		}
	}
}

// TestBestStays has a loss that increases after the second epoch.
func TestBestStays(t *testing.T) {
	losses := []float64{2, 1, 3, 4, 5, 6}
	l := newLesson(t)
	l.config.Epochs, l.save = len(losses), Checkpoints{Every: 3, Keep: 9}
	worse := OnEpochEnd(func(r *Run) error {
		r.History.Epochs[r.Epoch].Validation.Loss = losses[r.Epoch]
		return nil
	})
	l.callbacks = []Callback{worse}
	if _, err := l.begin(t.Context(), t); err != nil {
		t.Fatal(err)
	}
	// Epochs 1 and 2 were the best so far, 3 and 6 are due.
	if diff := cmp.Diff([]string{"ckpt-48", "ckpt-24", "ckpt-16", "ckpt-8", "best-16"}, names(t, l.dir)); diff != "" {
		t.Errorf("(- want, + got)\n%s", diff)
	}
	p := l.program(t)
	note, err := p.Restore(filepath.Join(l.dir, "best-16"))
	if err != nil || !strings.Contains(string(note), `"epoch":2`) {
		t.Errorf("note %s, %v: want that of the second epoch's end", note, err)
	}

	// As if the process had been killed before or during the marking of the best
	// checkpoint.
	best := label{bestPrefix, 16}
	for _, missing := range [][]string{best.files(), best.files()[1:]} {
		for _, f := range missing {
			if err := os.Remove(filepath.Join(l.dir, f)); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := l.resume(t.Context(), t); err != nil {
			t.Fatal(err)
		}
		again, err := p.Restore(filepath.Join(l.dir, best.String()))
		if err != nil || !bytes.Equal(again, note) {
			t.Errorf("without %v: note %s, %v: want the best marked again", missing, again, err)
		}
	}
}

func TestSavesWithinAnEpoch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var clock time.Time
	l := newLesson(t)
	c := Checkpoint(l.dir, Checkpoints{Interval: 3 * time.Minute, Keep: 99}).(*checkpointer)
	c.now = func() time.Time { return clock }
	w := &watcher{at: func(call string, r *Run) error {
		if call == "step" {
			clock = clock.Add(time.Minute)
		}
		if r.Epoch == 1 && r.Step == 3 {
			cancel()
		}
		return nil
	}}
	if _, err := Fit(ctx, l.program(t), shades(50), l.config, w, c); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// At every third minute, at the end of the first epoch, and at the cancellation.
	if diff := cmp.Diff([]string{"ckpt-11", "ckpt-8", "ckpt-6", "ckpt-3", "best-8"}, names(t, l.dir)); diff != "" {
		t.Errorf("(- want, + got)\n%s", diff)
	}
}

func TestNaNIsNotSaved(t *testing.T) {
	dir := t.TempDir()
	p := compile(t, optim.SGD(math.Inf(1), optim.Momentum{}))
	_, err := Fit(t.Context(), p, shades(10), Config{Epochs: 2, BatchSize: 2}, Checkpoint(dir, Checkpoints{Interval: 1}))
	if !errors.Is(err, ErrNaN) {
		t.Errorf("got %v, want ErrNaN", err)
	}
	for _, name := range names(t, dir) {
		note, err := p.Restore(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(note), `"step":1`) {
			t.Errorf("%s is saved: %s, %v: want nothing from the second step on", name, note, err)
		}
	}
}

func TestAnotherRunsCheckpointsStay(t *testing.T) {
	l := newLesson(t)
	if _, err := l.begin(t.Context(), t); err != nil {
		t.Fatal(err)
	}
	before := names(t, l.dir)
	if _, err := l.begin(t.Context(), t); err == nil || !strings.Contains(err.Error(), "another run") {
		t.Errorf("got %v, want that the folder is taken", err)
	}
	if diff := cmp.Diff(before, names(t, l.dir)); diff != "" {
		t.Errorf("the checkpoints have changed:\n%s", diff)
	}
}
