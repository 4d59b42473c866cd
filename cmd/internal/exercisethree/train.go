package exercisethree

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/renameio/v2"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/graphs/lowlevel"
)

// Train trains the network and writes accuracy.csv, accuracy.png and filters.png to
// o.Out. It writes the result of each cycle to out.
func Train(ctx context.Context, o Options, out, notes io.Writer) error {
	table := filepath.Join(o.Out, "accuracy.csv")
	if _, err := os.Lstat(table); err == nil {
		return fmt.Errorf("--out: %s exists already from an earlier training: want a new folder", table)
	}
	t, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer t.network.Close()
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	var cycles []lowlevel.Cycle
	began := time.Now()
	stopped := t.network.Train(ctx, t.train, t.fixed, t.training, func(cycle lowlevel.Cycle) error {
		cycles = append(cycles, cycle)
		printCycle(out, cycle, t.fixed.Len())
		return writeCycles(table, cycles)
	})
	if len(cycles) == 0 {
		return stopped
	}
	seconds := time.Since(began).Seconds()
	if err := drawTraining(o.Out, t.network, cycles); err != nil { // draws the cycles so far, even if training was stopped
		return err
	}
	if stopped == nil {
		accuracy, err := t.network.Accuracy(t.test)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "all %d test images: accuracy %.4f\n", t.test.Len(), accuracy)
	}
	fmt.Fprintf(notes, "%d cycles in %.1f s; see %s\n", len(cycles)-1, seconds, o.Out)
	return stopped
}

func printCycle(w io.Writer, c lowlevel.Cycle, images int) {
	if c.Number == 0 {
		fmt.Fprintf(w, "untrained: accuracy %.4f on %d test images\n", c.Accuracy, images)
		return
	}
	fmt.Fprintf(w, "cycle %d: accuracy %.4f, training loss %.4f\n", c.Number, c.Accuracy, c.Loss)
}

// writeCycles writes the cycles as CSV. Cycle 0 trained nothing, so its loss is empty.
func writeCycles(path string, cycles []lowlevel.Cycle) error {
	var data bytes.Buffer
	w := csv.NewWriter(&data)
	rows := [][]string{{"cycle", "accuracy", "loss"}}
	for _, c := range cycles {
		loss := ""
		if c.Number > 0 {
			loss = strconv.FormatFloat(c.Loss, 'g', 6, 64)
		}
		rows = append(rows, []string{strconv.Itoa(c.Number), strconv.FormatFloat(c.Accuracy, 'g', -1, 64), loss})
	}
	if err := w.WriteAll(rows); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return renameio.WriteFile(path, data.Bytes(), 0o644)
}

// drawTraining draws accuracy.png and filters.png.
func drawTraining(folder string, network *lowlevel.Network, cycles []lowlevel.Cycle) error {
	var accuracy []float64
	for _, c := range cycles {
		accuracy = append(accuracy, c.Accuracy)
	}
	picture := report.CyclePlot("Network of low-level functions on MNIST", "test accuracy", accuracy)
	if err := picture.WriteFile(filepath.Join(folder, "accuracy.png")); err != nil {
		return err
	}
	filters, err := network.Filters()
	if err != nil {
		return err
	}
	picture, err = report.FilterGrid("Filters of the first layer", [4]int(filters.Shape), filters.Values)
	if err != nil {
		return err
	}
	return picture.WriteFile(filepath.Join(folder, "filters.png"))
}
