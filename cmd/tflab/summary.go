package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/tfmodels"
)

func summaryCommand() *cli.Command {
	return &cli.Command{
		Name:      "summary",
		Usage:     "show a network's layers, their output shapes and parameters",
		ArgsUsage: "NETWORK",
		Action: func(c *cli.Context) error {
			n, err := networkArgument(c)
			if err != nil {
				return err
			}
			return writeSummary(c.App.Writer, n)
		},
	}
}

// writeSummary writes Keras's table of a network. If the layers do not form a chain,
// the table has a column for each layer's inputs.
func writeSummary(w io.Writer, m tfmodels.Model) error {
	rows := m.Summary()
	connected := slices.ContainsFunc(rows, func(r tfmodels.Row) bool { return r.Connected != nil })
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.Style().Options.SeparateRows = true
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, Align: text.AlignRight, AlignHeader: text.AlignRight}})
	header := table.Row{"Layer (type)", "Output Shape", "Param #"}
	if connected {
		header = append(header, "Connected to")
	}
	t.AppendHeader(header)
	frozen := 0
	for _, r := range rows {
		row := table.Row{fmt.Sprintf("%s (%s)", r.Name, r.Kind), batchShape(r.OutputShape), report.Count(r.Parameters)}
		if connected {
			row = append(row, cmp.Or(strings.Join(r.Connected, ", "), "-"))
		}
		t.AppendRow(row)
		frozen += r.NonTrainable
	}
	n := m.Parameters()
	_, err := fmt.Fprintf(w, "Model: %q\n%s\n Total params: %s (%s)\n Trainable params: %s (%s)\n Non-trainable params: %s (%s)\n",
		m.Name(), t.Render(), report.Count(n), bytesOf(n), report.Count(n-frozen), bytesOf(n-frozen), report.Count(frozen), bytesOf(frozen))
	return err
}

// batchShape returns a shape in Keras's format, with None for the batch.
func batchShape(shape []int) string {
	s := "(None"
	for _, d := range shape {
		s += fmt.Sprintf(", %d", d)
	}
	return s + ")"
}

// bytesOf returns the size of n float32 numbers in Keras's format.
func bytesOf(n int) string {
	size, units := float64(4*n), []string{"B", "KB", "MB", "GB"}
	for size >= 1024 && len(units) > 1 {
		size, units = size/1024, units[1:]
	}
	return fmt.Sprintf("%.2f %s", size, units[0])
}
