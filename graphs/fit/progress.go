package fit

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

const (
	barWidth       = 20
	redrawInterval = time.Second      // on a terminal
	relineInterval = 30 * time.Second // elsewhere, where each update is a new line
)

// Progress returns a callback that prints Keras's progress line: steps, a bar, the
// remaining or elapsed time, the time per step, and the metrics. On a terminal it
// redraws the line at most once a second; in a log file it prints a line at the end of
// each epoch and occasionally within long epochs.
func Progress(w io.Writer) Callback {
	p := &progress{w: w, interval: relineInterval, now: time.Now}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal, p.interval = true, redrawInterval
	}
	return p
}

type progress struct {
	Nothing
	w        io.Writer
	terminal bool
	interval time.Duration
	now      func() time.Time

	epoch       int // current epoch, from 1; 0 before the first
	first       int // number of steps done in the epoch when the clock starts
	start, last time.Time
	open        bool // the cursor is at the end of a line that will be redrawn
}

func (p *progress) Step(r *Run) error {
	now := p.now()
	if p.epoch != r.Epoch+1 {
		p.begin(r, now)
	}
	if now.Sub(p.last) < p.interval {
		return nil
	}
	p.last = now
	s, err := r.Score()
	if err != nil {
		return err
	}
	elapsed := now.Sub(p.start)
	done := r.Step - p.first
	left := time.Duration(float64(elapsed) / float64(max(done, 1)) * float64(r.Steps-r.Step))
	p.draw(r, fmt.Sprintf("ETA: %s %s/step", clock(left), perStep(elapsed, done)), s, nil, false)
	return nil
}

func (p *progress) begin(r *Run, now time.Time) {
	p.epoch, p.first, p.start, p.last = r.Epoch+1, r.Step, now, now
	fmt.Fprintf(p.w, "Epoch %d/%d\n", r.Epoch+1, r.Epochs)
}

func (p *progress) EpochEnd(r *Run) error {
	row := r.last()
	took := seconds(row.TrainDuration)
	p.draw(r, fmt.Sprintf("%s %s/step", clock(seconds(row.Duration)), perStep(took, r.Steps)), row.Training, row.Validation, true)
	return nil
}

// draw writes one line; the last line of an epoch is not overwritten.
func (p *progress) draw(r *Run, times string, training Score, validation *Score, last bool) {
	full := barWidth * r.Step / r.Steps
	line := fmt.Sprintf("%*d/%d %s%s %s - %s", len(fmt.Sprint(r.Steps)), r.Step, r.Steps,
		strings.Repeat("━", full), strings.Repeat("─", barWidth-full), times, metrics(training, validation))
	switch {
	case !p.terminal:
		fmt.Fprintln(p.w, line)
	case last:
		fmt.Fprintf(p.w, "\r\x1b[K%s\n", line)
	default:
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
	}
	p.open = p.terminal && !last
}

// End keeps the line of an interrupted epoch and starts a new line.
func (p *progress) End(*Run, error) error {
	if p.open {
		fmt.Fprintln(p.w)
	}
	return nil
}

// Lines returns a callback that prints one line per epoch, like Keras's verbose=2.
func Lines(w io.Writer) Callback {
	return OnEpochEnd(func(r *Run) error {
		row := r.last()
		_, err := fmt.Fprintf(w, "Epoch %d/%d - %s - %s/step - %s\n", row.Epoch+1, r.Epochs,
			clock(seconds(row.Duration)), perStep(seconds(row.TrainDuration), r.Steps), metrics(row.Training, row.Validation))
		return err
	})
}

func metrics(training Score, validation *Score) string {
	s := fmt.Sprintf("accuracy: %.4f - loss: %.4f", training.Accuracy, training.Loss)
	if validation != nil {
		s += fmt.Sprintf(" - val_accuracy: %.4f - val_loss: %.4f", validation.Accuracy, validation.Loss)
	}
	return s
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// clock formats a duration: 8s, 1:05, 2:03:04.
func clock(d time.Duration) string {
	s := int(math.Round(d.Seconds()))
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

func perStep(d time.Duration, steps int) string {
	ms := d.Seconds() * 1e3 / float64(max(steps, 1))
	switch {
	case ms < 10:
		return fmt.Sprintf("%.2fms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0fms", ms)
	}
	return fmt.Sprintf("%.1fs", ms/1e3)
}
