package prediction

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Formats returns the names of the formats that Write supports.
func Formats() []string { return []string{"table", "csv", "json"} }

// Write writes the predictions with the names of the top most probable classes.
func (r Result) Write(w io.Writer, format string, classes []string, top int) error {
	top = max(1, min(top, len(classes)))
	var out bytes.Buffer
	var err error
	switch format {
	case "table":
		r.table(&out, classes, top)
	case "csv":
		err = r.csv(&out, classes, top)
	case "json":
		err = r.json(&out, classes, top)
	default:
		return fmt.Errorf("unknown format %q", format)
	}
	if err != nil {
		return err
	}
	_, err = out.WriteTo(w)
	return err
}

func (r Result) table(w io.Writer, classes []string, top int) {
	if len(r.Predictions) == 0 {
		return
	}
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.Style().Options = table.OptionsNoBordersAndSeparators
	header := table.Row{"file", "class", "probability"}
	columns := []table.ColumnConfig{{Number: 3, Align: text.AlignRight}}
	for i := 1; i < top; i++ {
		header = append(header, "next", "")
		columns = append(columns, table.ColumnConfig{Number: 3 + 2*i, Align: text.AlignRight})
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(columns)
	for _, p := range r.Predictions {
		row := table.Row{p.File}
		for _, c := range p.Ranked[:top] {
			row = append(row, classes[c], fmt.Sprintf("%.4f", p.Probabilities[c]))
		}
		t.AppendRow(row)
	}
	t.Render()
}

// csv writes the columns file, class, probability, class_2, probability_2, and so on.
func (r Result) csv(w io.Writer, classes []string, top int) error {
	c := csv.NewWriter(w)
	header := []string{"file", "class", "probability"}
	for i := 2; i <= top; i++ {
		header = append(header, fmt.Sprint("class_", i), fmt.Sprint("probability_", i))
	}
	if err := c.Write(header); err != nil {
		return err
	}
	for _, p := range r.Predictions {
		row := []string{p.File}
		for _, class := range p.Ranked[:top] {
			row = append(row, classes[class], strconv.FormatFloat(float64(p.Probabilities[class]), 'g', -1, 32))
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// ranked is one of the most probable classes in JSON.
type ranked struct {
	Class       string  `json:"class"`
	Label       int     `json:"label"` // index of the class
	Probability float32 `json:"probability"`
}

func (r Result) json(w io.Writer, classes []string, top int) error {
	type row struct {
		File string `json:"file"`
		ranked
		Top           []ranked  `json:"top"`
		Probabilities []float32 `json:"probabilities"`
	}
	rows := make([]row, 0, len(r.Predictions))
	for _, p := range r.Predictions {
		best := make([]ranked, top)
		for i, c := range p.Ranked[:top] {
			best[i] = ranked{classes[c], c, p.Probabilities[c]}
		}
		rows = append(rows, row{p.File, best[0], best, p.Probabilities})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(rows)
}
