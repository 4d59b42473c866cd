package fit

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Score is the result of an evaluation. Both numbers are means over the examples.
type Score struct {
	Loss     float64 // categorical cross-entropy, natural logarithm
	Accuracy float64 // share of examples whose largest logit is the label's, 0 to 1
}

// Epoch is one row of a History.
type Epoch struct {
	Epoch         int     // from 0
	Training      Score   // means while the weights change, with dropout
	Validation    *Score  // without dropout; nil without a validation set
	LearningRate  float64 // at the end of the epoch, with decay
	TrainDuration float64 // seconds of the training part
	Duration      float64 // seconds including validation
}

// History holds the measurements of a training run, one row per epoch: Keras's History
// object plus times.
type History struct {
	Epochs []Epoch
	Test   *Score // set by the caller after an evaluation on a test set; else nil
}

// column is one column of a history, named as in Keras's CSVLogger.
type column struct {
	name  string
	value func(Epoch) float64
	set   func(*Epoch, float64)
}

func columns(validated bool) []column {
	all := []column{
		{"accuracy", func(e Epoch) float64 { return e.Training.Accuracy }, func(e *Epoch, v float64) { e.Training.Accuracy = v }},
		{"loss", func(e Epoch) float64 { return e.Training.Loss }, func(e *Epoch, v float64) { e.Training.Loss = v }},
	}
	if validated {
		all = append(all,
			column{"val_accuracy", func(e Epoch) float64 { return e.Validation.Accuracy }, func(e *Epoch, v float64) { e.Validation.Accuracy = v }},
			column{"val_loss", func(e Epoch) float64 { return e.Validation.Loss }, func(e *Epoch, v float64) { e.Validation.Loss = v }},
		)
	}
	return append(all,
		column{"learning_rate", func(e Epoch) float64 { return e.LearningRate }, func(e *Epoch, v float64) { e.LearningRate = v }},
		column{"train_seconds", func(e Epoch) float64 { return e.TrainDuration }, func(e *Epoch, v float64) { e.TrainDuration = v }},
		column{"seconds", func(e Epoch) float64 { return e.Duration }, func(e *Epoch, v float64) { e.Duration = v }},
	)
}

// validated reports whether the history has validation columns.
func (h *History) validated() bool {
	return len(h.Epochs) > 0 && h.Epochs[0].Validation != nil
}

// WriteCSV writes the history in the format of Keras's CSVLogger: a header, then one
// row per epoch. It writes validation columns only if there was validation.
func (h *History) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	cols := columns(h.validated())
	header := []string{"epoch"}
	for _, c := range cols {
		header = append(header, c.name)
	}
	if err := out.Write(header); err != nil {
		return fmt.Errorf("fit: history: %w", err)
	}
	for _, e := range h.Epochs {
		row := []string{strconv.Itoa(e.Epoch)}
		for _, c := range cols {
			row = append(row, strconv.FormatFloat(c.value(e), 'g', -1, 64))
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("fit: history: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

// MarshalJSON writes the columns of the CSV as arrays, and the test score if there is
// one. Values that are not finite become null, because JSON cannot represent them.
func (h *History) MarshalJSON() ([]byte, error) {
	doc := map[string]any{}
	epochs := make([]int, len(h.Epochs))
	for i, e := range h.Epochs {
		epochs[i] = e.Epoch
	}
	doc["epoch"] = epochs
	for _, c := range columns(h.validated()) {
		values := make([]*float64, len(h.Epochs))
		for i, e := range h.Epochs {
			values[i] = finite(c.value(e))
		}
		doc[c.name] = values
	}
	if h.Test != nil {
		doc["test"] = map[string]*float64{"loss": finite(h.Test.Loss), "accuracy": finite(h.Test.Accuracy)}
	}
	return json.Marshal(doc)
}

// UnmarshalJSON reads the output of MarshalJSON, and Keras's History.history saved as
// JSON with or without the columns of times.
func (h *History) UnmarshalJSON(data []byte) error {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("fit: history: %w", err)
	}
	series := map[string][]*float64{}
	n := -1
	for _, c := range append(columns(true), column{name: "epoch"}) {
		raw, ok := doc[c.name]
		if !ok {
			continue
		}
		var values []*float64
		if err := json.Unmarshal(raw, &values); err != nil {
			return fmt.Errorf("fit: history: column %q: %w", c.name, err)
		}
		if n >= 0 && len(values) != n {
			return fmt.Errorf("fit: history: column %q has %d values, the others %d", c.name, len(values), n)
		}
		series[c.name], n = values, len(values)
	}
	if series["loss"] == nil || series["accuracy"] == nil {
		return errors.New(`fit: history: want at least "loss" and "accuracy"`)
	}
	validated := series["val_loss"] != nil
	if validated != (series["val_accuracy"] != nil) {
		return errors.New(`fit: history: want "val_loss" and "val_accuracy", or neither`)
	}
	*h = History{Epochs: make([]Epoch, n)}
	for i := range h.Epochs {
		e := &h.Epochs[i]
		e.Epoch = i
		if v := series["epoch"]; v != nil && v[i] != nil {
			e.Epoch = int(*v[i])
		}
		if validated {
			e.Validation = &Score{}
		}
		for _, c := range columns(validated) {
			if v, ok := series[c.name]; ok {
				c.set(e, orNaN(v[i]))
			}
		}
	}
	return h.unmarshalTest(doc["test"])
}

func (h *History) unmarshalTest(raw json.RawMessage) error {
	if raw == nil {
		return nil
	}
	var test struct{ Loss, Accuracy *float64 }
	if err := json.Unmarshal(raw, &test); err != nil {
		return fmt.Errorf("fit: history: test: %w", err)
	}
	h.Test = &Score{Loss: orNaN(test.Loss), Accuracy: orNaN(test.Accuracy)}
	return nil
}

func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
