package fit

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ticking returns a clock that advances by a fixed time at each reading.
func ticking(by time.Duration) func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time {
		now = now.Add(by)
		return now
	}
}

// timed sets the times of each epoch's row before the callbacks that follow it see the
// row.
func timed(train, all float64) Callback {
	return OnEpochEnd(func(r *Run) error {
		row := &r.History.Epochs[len(r.History.Epochs)-1]
		row.TrainDuration, row.Duration = train, all
		return nil
	})
}

// Ten shades of two classes in batches of two, in order: the accuracy of the
// first five is 1, since a tie goes to class 0.
func watch(t *testing.T, c Config, callbacks ...Callback) {
	t.Helper()
	c.BatchSize, c.InOrder = 2, true
	if _, err := Fit(t.Context(), compile(t, still()), shades(10), c, callbacks...); err != nil {
		t.Fatal(err)
	}
}

// check runs two epochs of five steps under a progress callback.
func check(t *testing.T, p *progress, got *bytes.Buffer, want string) {
	t.Helper()
	p.w = got
	watch(t, Config{Epochs: 2, Validation: shades(4)}, timed(60, 65), p)
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The clock is read once per step: 12 seconds pass between readings, and a line is
// written at most every 30.
func TestProgressInAFile(t *testing.T) {
	const epoch = `4/5 ━━━━━━━━━━━━━━━━──── ETA: 12s 12.0s/step - accuracy: 0.6250 - loss: 0.6931
5/5 ━━━━━━━━━━━━━━━━━━━━ 1:05 12.0s/step - accuracy: 0.5000 - loss: 0.6931 - val_accuracy: 0.5000 - val_loss: 0.6931
`
	var got bytes.Buffer
	check(t, &progress{interval: relineInterval, now: ticking(12 * time.Second)}, &got, "Epoch 1/2\n"+epoch+"Epoch 2/2\n"+epoch)
}

func TestProgressOnATerminal(t *testing.T) {
	const (
		redraw = "\r\x1b[K"
		epoch  = redraw + "3/5 ━━━━━━━━━━━━──────── ETA: 1s 500ms/step - accuracy: 0.8333 - loss: 0.6931" +
			redraw + "5/5 ━━━━━━━━━━━━━━━━━━━━ ETA: 0s 500ms/step - accuracy: 0.5000 - loss: 0.6931" +
			redraw + "5/5 ━━━━━━━━━━━━━━━━━━━━ 1:05 12.0s/step - accuracy: 0.5000 - loss: 0.6931 - val_accuracy: 0.5000 - val_loss: 0.6931\n"
	)
	var got bytes.Buffer
	check(t, &progress{terminal: true, interval: redrawInterval, now: ticking(500 * time.Millisecond)}, &got, "Epoch 1/2\n"+epoch+"Epoch 2/2\n"+epoch)
}

func TestProgressThatIsNeverDue(t *testing.T) {
	const end = "5/5 ━━━━━━━━━━━━━━━━━━━━ 1:05 12.0s/step - accuracy: 0.5000 - loss: 0.6931 - val_accuracy: 0.5000 - val_loss: 0.6931\n"
	var got bytes.Buffer
	check(t, &progress{interval: relineInterval, now: ticking(time.Millisecond)}, &got, "Epoch 1/2\n"+end+"Epoch 2/2\n"+end)
}

func TestLines(t *testing.T) {
	var got bytes.Buffer
	watch(t, Config{Epochs: 2}, timed(0.01, 0.4), Lines(&got))
	want := `Epoch 1/2 - 0s - 2.00ms/step - accuracy: 0.5000 - loss: 0.6931
Epoch 2/2 - 0s - 2.00ms/step - accuracy: 0.5000 - loss: 0.6931
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := Fit(t.Context(), compile(t, still()), shades(2), Config{Epochs: 1, BatchSize: 1}, Lines(fullDisk{})); err == nil {
		t.Error("a writer that fails: no error")
	}
}

func TestTimesAsPeopleReadThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 499 * time.Millisecond: "0s", 59*time.Second + 499*time.Millisecond: "59s", 59*time.Second + 500*time.Millisecond: "1:00",
		65 * time.Second: "1:05", time.Hour - time.Second: "59:59", time.Hour: "1:00:00", 2*time.Hour + 3*time.Minute + 4*time.Second: "2:03:04",
	} {
		if got := clock(d); got != want {
			t.Errorf("clock(%v): got %s, want %s", d, got, want)
		}
	}
	for _, tt := range []struct {
		d     time.Duration
		steps int
		want  string
	}{{0, 0, "0.00ms"}, {time.Millisecond, 4, "0.25ms"}, {time.Second, 100, "10ms"}, {time.Second, 3, "333ms"}, {5 * time.Second, 2, "2.5s"}} {
		if got := perStep(tt.d, tt.steps); got != tt.want {
			t.Errorf("perStep(%v, %d): got %s, want %s", tt.d, tt.steps, got, tt.want)
		}
	}
}
