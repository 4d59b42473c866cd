package report

import (
	"github.com/tflab/tflab/graphs/fit"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Run is a training run to draw: its name in the legend, the name of its
// network, which decides its colour, and what it measured.
type Run struct {
	Name    string
	Network string
	History *fit.History
}

const (
	accuracyAxis = "accuracy (% of examples)"
	lossAxis     = "loss (cross-entropy, nats)"
)

// HistoryPlot draws accuracy and loss of one run over its epochs, for training
// and, where there is one, for validation.
func HistoryPlot(r Run) Picture {
	training := lookOf(r.Network)
	f := figure{title: r.Name, xName: "epoch", panels: []panel{
		{heading: accuracyAxis, top: 100, series: []series{newSeries("training", training, accuracies(r.History, ofTraining))}},
		{heading: lossAxis, series: []series{newSeries("training", training, losses(r.History, ofTraining))}},
	}}
	if validated(r.History) {
		validation := look{color: training.color, shape: hollow{}, dashes: []vg.Length{5, 3}}
		f.panels[0].series = append(f.panels[0].series, newSeries("validation", validation, accuracies(r.History, ofValidation)))
		f.panels[1].series = append(f.panels[1].series, newSeries("validation", validation, losses(r.History, ofValidation)))
	} else {
		f.notes = append(f.notes, "Trained without validation.")
	}
	if len(r.History.Epochs) == 0 {
		f.notes = []string{"No epoch has ended yet."}
	}
	return f.picture()
}

// Overlay draws the validation accuracy and loss of several runs. A run
// without validation is named below the panels.
func Overlay(title string, runs []Run) Picture {
	f := figure{title: title, xName: "epoch", panels: []panel{
		{heading: "validation " + accuracyAxis, top: 100},
		{heading: "validation " + lossAxis},
	}}
	for i, l := range looksOf(runs) {
		r := runs[i]
		if !validated(r.History) {
			f.notes = append(f.notes, r.Name+" was trained without validation.")
			continue
		}
		f.panels[0].series = append(f.panels[0].series, newSeries(r.Name, l, accuracies(r.History, ofValidation)))
		f.panels[1].series = append(f.panels[1].series, newSeries(r.Name, l, losses(r.History, ofValidation)))
	}
	return f.picture()
}

// GapPlot draws how far validation stays behind training in each epoch. Above
// zero, training is the better of the two.
func GapPlot(title string, runs []Run) Picture {
	f := figure{title: title, xName: "epoch", panels: []panel{
		{heading: "accuracy, training less validation (percentage points)", zero: true},
		{heading: "loss, validation less training (nats)", zero: true},
	}}
	for i, l := range looksOf(runs) {
		r := runs[i]
		if !validated(r.History) {
			f.notes = append(f.notes, r.Name+" was trained without validation.")
			continue
		}
		accuracy, loss := Gap(r.History)
		f.panels[0].series = append(f.panels[0].series, newSeries(r.Name, l, accuracy))
		f.panels[1].series = append(f.panels[1].series, newSeries(r.Name, l, loss))
	}
	return f.picture()
}

// Gap returns, an epoch each, the accuracy of training less that of validation
// in percentage points, and the loss of validation less that of training. Both
// are nil for a history without validation.
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

// CyclePlot draws an accuracy, a share of 1, over the cycles of a training that
// has no epochs: accuracy[i] was measured after i cycles. The name says whose
// accuracy it is: "test accuracy".
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

// validated says whether every epoch has a validation score.
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

func accuracies(h *fit.History, of func(fit.Epoch) fit.Score) []float64 {
	values := make([]float64, len(h.Epochs))
	for i, e := range h.Epochs {
		values[i] = 100 * of(e).Accuracy
	}
	return values
}

func losses(h *fit.History, of func(fit.Epoch) fit.Score) []float64 {
	values := make([]float64, len(h.Epochs))
	for i, e := range h.Epochs {
		values[i] = of(e).Loss
	}
	return values
}

func percent(shares []float64) []float64 {
	values := make([]float64, len(shares))
	for i, s := range shares {
		values[i] = 100 * s
	}
	return values
}
