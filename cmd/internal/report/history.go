package report

import (
	"fmt"
	"slices"

	"github.com/tflab/tflab/graphs/fit"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Run is a training run to draw: its name in the legend, the name of its network, which
// determines its colour, and its history. If there are histories of other seeds, lines
// are means, and bands are one standard deviation wide on either side.
type Run struct {
	Name    string
	Network string
	History *fit.History
	Others  []*fit.History
}

// line returns the series of a quantity that a history has for each epoch.
func (r Run) line(name string, l look, of func(*fit.History) []float64) series {
	if len(r.Others) == 0 {
		return newSeries(name, l, of(r.History))
	}
	rows := [][]float64{of(r.History)}
	for _, h := range r.Others {
		rows = append(rows, of(h))
	}
	mean, deviation := overSeeds(rows)
	s := newSeries(name, l, mean)
	s.spread = deviation
	return s
}

// overSeeds returns the mean and standard deviation of each epoch over the seeds that
// have reached it. The deviation of a single value is 0.
func overSeeds(rows [][]float64) (mean, deviation []float64) {
	longest := slices.MaxFunc(rows, func(a, b []float64) int { return len(a) - len(b) })
	for i := range longest {
		var values []float64
		for _, row := range rows {
			if i < len(row) {
				values = append(values, row[i])
			}
		}
		m, d := stat.MeanStdDev(values, nil)
		if len(values) == 1 {
			d = 0
		}
		mean, deviation = append(mean, m), append(deviation, d)
	}
	return mean, deviation
}

// bands returns the note that explains the bands, if there are any.
func bands(runs ...Run) []string {
	for _, r := range runs {
		if n := len(r.Others); n > 0 {
			return []string{fmt.Sprintf("Lines are means over %d seeds, bands one standard deviation to either side.", n+1)}
		}
	}
	return nil
}

const (
	accuracyAxis = "accuracy (% of examples)"
	lossAxis     = "loss (cross-entropy, nats)"
)

// HistoryPlot draws the training and, if there is any, validation accuracy and loss of
// one run over its epochs.
func HistoryPlot(r Run) Picture {
	training := lookOf(r.Network)
	f := figure{title: r.Name, xName: "epoch", notes: bands(r), panels: []panel{
		{heading: accuracyAxis, top: 100, series: []series{r.line("training", training, accuracies(ofTraining))}},
		{heading: lossAxis, series: []series{r.line("training", training, losses(ofTraining))}},
	}}
	if validated(r.History) {
		validation := look{color: training.color, shape: hollow{}, dashes: []vg.Length{5, 3}}
		f.panels[0].series = append(f.panels[0].series, r.line("validation", validation, accuracies(ofValidation)))
		f.panels[1].series = append(f.panels[1].series, r.line("validation", validation, losses(ofValidation)))
	} else {
		f.notes = append(f.notes, "Trained without validation.")
	}
	if len(r.History.Epochs) == 0 {
		f.notes = []string{"No epoch has ended yet."}
	}
	return f.picture()
}

// Overlay draws the validation accuracy and loss of several runs. A note lists the runs
// without validation.
func Overlay(title string, runs []Run) Picture {
	f := figure{title: title, xName: "epoch", notes: bands(runs...), panels: []panel{
		{heading: "validation " + accuracyAxis, top: 100},
		{heading: "validation " + lossAxis},
	}}
	for i, l := range looksOf(runs) {
		r := runs[i]
		if !validated(r.History) {
			f.notes = append(f.notes, r.Name+" was trained without validation.")
			continue
		}
		f.panels[0].series = append(f.panels[0].series, r.line(r.Name, l, accuracies(ofValidation)))
		f.panels[1].series = append(f.panels[1].series, r.line(r.Name, l, losses(ofValidation)))
	}
	return f.picture()
}

// GapPlot draws the difference between training and validation in each epoch. Positive
// values mean that training is better.
func GapPlot(title string, runs []Run) Picture {
	f := figure{title: title, xName: "epoch", notes: bands(runs...), panels: []panel{
		{heading: "accuracy, training less validation (percentage points)", zero: true},
		{heading: "loss, validation less training (nats)", zero: true},
	}}
	for i, l := range looksOf(runs) {
		r := runs[i]
		if !validated(r.History) {
			f.notes = append(f.notes, r.Name+" was trained without validation.")
			continue
		}
		f.panels[0].series = append(f.panels[0].series, r.line(r.Name, l, func(h *fit.History) []float64 { accuracy, _ := Gap(h); return accuracy }))
		f.panels[1].series = append(f.panels[1].series, r.line(r.Name, l, func(h *fit.History) []float64 { _, loss := Gap(h); return loss }))
	}
	return f.picture()
}

// Gap returns for each epoch the training accuracy less the validation accuracy, in
// percentage points, and the validation loss less the training loss. Both are nil for a
// history without validation.
func Gap(h *fit.History) (accuracy, loss []float64) {
	if !validated(h) {
		return nil, nil
	}
	for _, e := range h.Epochs {
		accuracy = append(accuracy, 100*(e.Training.Accuracy-e.Validation.Accuracy))
		loss = append(loss, e.Validation.Loss-e.Training.Loss)
	}
	return accuracy, loss
}

// CyclePlot draws an accuracy, between 0 and 1, over the cycles of a training without
// epochs: accuracy[i] was measured after i cycles. The name labels the axis, for
// example "test accuracy".
func CyclePlot(title, name string, accuracy []float64) Picture {
	line := newSeries(name, look{color: vermillion, shape: draw.CircleGlyph{}}, percent(accuracy))
	line.first = 0
	return figure{title: title, xName: "cycle", panels: []panel{
		{heading: name + " (% of images)", top: 100, series: []series{line}},
	}}.picture()
}

func looksOf(runs []Run) []look {
	networks := make([]string, len(runs))
	for i, r := range runs {
		networks[i] = r.Network
	}
	return looks(networks)
}

// validated reports whether every epoch has a validation score.
func validated(h *fit.History) bool {
	for _, e := range h.Epochs {
		if e.Validation == nil {
			return false
		}
	}
	return len(h.Epochs) > 0
}

func ofTraining(e fit.Epoch) fit.Score   { return e.Training }
func ofValidation(e fit.Epoch) fit.Score { return *e.Validation }

func accuracies(of func(fit.Epoch) fit.Score) func(*fit.History) []float64 {
	return func(h *fit.History) []float64 {
		values := make([]float64, len(h.Epochs))
		for i, e := range h.Epochs {
			values[i] = 100 * of(e).Accuracy
		}
		return values
	}
}

func losses(of func(fit.Epoch) fit.Score) func(*fit.History) []float64 {
	return func(h *fit.History) []float64 {
		values := make([]float64, len(h.Epochs))
		for i, e := range h.Epochs {
			values[i] = of(e).Loss
		}
		return values
	}
}

func percent(shares []float64) []float64 {
	values := make([]float64, len(shares))
	for i, s := range shares {
		values[i] = 100 * s
	}
	return values
}
