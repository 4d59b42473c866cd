package comparison

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

// history holds the measurements of a run: columns with one row per epoch, and the
// scores on the test set. NaN represents a missing number.
type history struct {
	columns map[string][]float64
	test    map[string]float64
	epochs  int
}

// readJSON reads history.json: an object of arrays, as in Keras's History.history, and
// optionally "test", an object of numbers. Other members are ignored.
func readJSON(r io.Reader) (history, error) {
	var members map[string]json.RawMessage
	if err := json.NewDecoder(r).Decode(&members); err != nil {
		return history{}, fmt.Errorf("want an object of arrays: %w", err)
	}
	h := history{columns: map[string][]float64{}, test: map[string]float64{}}
	for name, raw := range members {
		var values []*float64
		if json.Unmarshal(raw, &values) == nil && values != nil {
			h.columns[name] = make([]float64, len(values))
			for i, v := range values {
				h.columns[name][i] = orNaN(v)
			}
			continue
		}
		var scores map[string]*float64
		if name == "test" && json.Unmarshal(raw, &scores) == nil {
			for score, v := range scores {
				h.test[score] = orNaN(v)
			}
		}
	}
	return h, h.check()
}

// readCSV reads history.csv in the format of Keras's CSVLogger.
func readCSV(r io.Reader) (history, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return history{}, err
	}
	if len(rows) == 0 {
		return history{}, errors.New("empty: want a header and one row per epoch")
	}
	h := history{columns: map[string][]float64{}}
	for i, name := range rows[0] {
		values := make([]float64, 0, len(rows)-1)
		for epoch, row := range rows[1:] {
			v, err := strconv.ParseFloat(row[i], 64)
			if err != nil {
				return history{}, fmt.Errorf("column %q, row %d: got %q: want a number", name, epoch+1, row[i])
			}
			values = append(values, v)
		}
		h.columns[name] = values
	}
	return h, h.check()
}

// check checks that there is something to compare, and that all columns have the same
// length.
func (h *history) check() error {
	found := false
	for _, q := range quantities {
		values, ok := h.columns[q]
		if !ok {
			continue
		}
		if found && len(values) != h.epochs {
			return fmt.Errorf("column %q has %d epochs, and another column %d: want the same length for all", q, len(values), h.epochs)
		}
		found, h.epochs = true, len(values)
	}
	if !found {
		return errors.New("has neither losses nor accuracies: want a column loss, accuracy, val_loss or val_accuracy")
	}
	if h.epochs == 0 {
		return errors.New("has no epochs yet: want a run that has finished at least one")
	}
	return nil
}

// seconds returns the duration of each epoch, or nil if it was not measured.
func (h *history) seconds() []float64 {
	if s := h.columns["seconds"]; len(s) == h.epochs {
		return s
	}
	return nil
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
