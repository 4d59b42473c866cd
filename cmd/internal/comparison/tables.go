package comparison

import (
	"fmt"
	"strings"

	"github.com/tflab/tflab/cmd/internal/report"
)

func (r *Result) page() page {
	p := page{Title: r.Title, Verdict: sentence(r.Verdict), Same: r.Identical, Notes: r.Notes}
	if len(r.NotCompared) > 0 {
		p.Notes = append(p.Notes[:len(p.Notes):len(p.Notes)], "Not compared: "+strings.Join(r.NotCompared, "; ")+".")
	}
	p.Pictures = append(pictured("Training", "training.png", "accuracy", "loss", r.a, r.b),
		pictured("Validation", "validation.png", "val_accuracy", "val_loss", r.a, r.b)...)
	p.Tables = append(p.Tables, r.epochTable())
	if len(r.Weights) > 0 {
		p.Tables = append(p.Tables, r.weightTable())
	}
	if r.Predictions != nil {
		p.Tables = append(p.Tables, r.predictionTable())
	}
	if t, any := costTable(r.Sides); any {
		p.Tables = append(p.Tables, t)
	}
	return p
}

// pictured draws the measurements of both sides for one part of the examples.
func pictured(of, file, accuracy, loss string, a, b *Side) []*picture {
	side := func(s *Side) report.Side {
		return report.Side{Name: s.Name, Accuracy: s.history.columns[accuracy], Loss: s.history.columns[loss]}
	}
	x, y := side(a), side(b)
	if x.Accuracy == nil && x.Loss == nil || y.Accuracy == nil && y.Loss == nil {
		return nil
	}
	return []*picture{{Picture: report.SidesPlot(of, x, y), File: file,
		Caption: fmt.Sprintf("%s: %s solid, %s dashed over it.", of, a.Name, b.Name)}}
}

func (r *Result) epochTable() table {
	t := table{Heading: "Losses and accuracies", Head: []string{"epoch", "", r.a.Name, r.b.Name, "difference", "tolerance"},
		Caption: "Differences of losses are relative to the larger loss; those of accuracies are shares of the examples."}
	add := func(name string, all []Difference) {
		for _, d := range all {
			allowed := r.Tolerance.Accuracy
			if isLoss(d.Quantity) {
				allowed = r.Tolerance.Loss
			}
			difference := d.Difference.small()
			if !d.Within {
				difference += " (beyond)"
			}
			t.Rows = append(t.Rows, []string{name, d.Quantity, d.A.measured(), d.B.measured(), difference, fmt.Sprintf("%.2g", allowed)})
			name = ""
		}
	}
	for _, e := range r.Epochs {
		add(fmt.Sprint(e.Epoch), e.Differences)
	}
	add("test", r.Test)
	return t
}

func (r *Result) weightTable() table {
	t := table{Heading: "Final weights", Head: []string{"layer", "largest difference", "largest weight"}}
	for _, l := range r.Weights {
		t.Rows = append(t.Rows, []string{l.Layer, l.Difference.small(), l.Largest.measured()})
	}
	return t
}

// predictionsShown is the number of examples that a page lists; the JSON has all.
const predictionsShown = 100

func (r *Result) predictionTable() table {
	p := r.Predictions
	t := table{Heading: "Predictions of the test set", Head: []string{"", "examples"}, Rows: [][]string{
		{"the same class", fmt.Sprint(p.Examples - len(p.Different))},
		{"another class", fmt.Sprint(len(p.Different))},
	}, Caption: fmt.Sprintf("The largest difference between two probabilities is %s.", p.Difference.small())}
	if n := len(p.Different); n > 0 {
		shown := p.Different[:min(n, predictionsShown)]
		t.After = "Examples of another class, from 0: " + strings.Trim(fmt.Sprint(shown), "[]")
		if n > len(shown) {
			t.After += fmt.Sprintf(" and %d more", n-len(shown))
		}
		t.After += "."
	}
	return t
}

// costTable shows time and memory, if they were measured.
func costTable(sides [2]Cost) (t table, any bool) {
	a, b := sides[0], sides[1]
	t = table{Heading: "Time and memory", Head: []string{"", a.Name, b.Name, a.Name + " / " + b.Name},
		Caption: "Epoch is the median duration of an epoch, including validation. Start-up is the time from the start of the process to the end of the first training step. Memory is the largest resident set."}
	row := func(name, format string, x, y float64) {
		if x > 0 && y > 0 {
			t.Rows = append(t.Rows, []string{name, fmt.Sprintf(format, x), fmt.Sprintf(format, y), fmt.Sprintf("%.2f", x/y)})
		}
	}
	row("epoch (s)", "%.3f", float64(a.Epoch), float64(b.Epoch))
	row("start-up (s)", "%.2f", a.Startup, b.Startup)
	row("whole process (s)", "%.2f", a.Total, b.Total)
	row("peak memory (MiB)", "%.0f", float64(a.Peak)/(1<<20), float64(b.Peak)/(1<<20))
	if n := min(len(a.Epochs), len(b.Epochs)); n > 0 && n <= predictionsShown {
		for i := range n {
			row(fmt.Sprintf("epoch %d (s)", i+1), "%.3f", float64(a.Epochs[i]), float64(b.Epochs[i]))
		}
	}
	return t, len(t.Rows) > 0
}

// sentence turns a verdict into a sentence.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }
