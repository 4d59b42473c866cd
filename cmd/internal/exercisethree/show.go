package exercisethree

import (
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/graphs/lowlevel"
)

// ImageError reports a test image number that is out of range.
type ImageError struct{ Number, Images int }

func (e *ImageError) Error() string {
	return fmt.Sprintf("got --image %d: want 0 to %d", e.Number, e.Images-1)
}

// Show trains the network and draws the output of each of its layers for a test image
// as image-NUMBER.png in o.Out. It writes the class probabilities to out.
func Show(ctx context.Context, o Options, number int, out, notes io.Writer) error {
	t, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer t.network.Close()
	if number < 0 || number >= t.test.Len() {
		return &ImageError{number, t.test.Len()}
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	err = t.network.Train(ctx, t.train, t.fixed, t.training, func(cycle lowlevel.Cycle) error {
		printCycle(notes, cycle, t.fixed.Len())
		return nil
	})
	if err != nil {
		return err
	}
	digit := t.test.Pick([]int{number})
	stages, err := t.network.Stages(digit.Images)
	if err != nil {
		return err
	}
	path := filepath.Join(o.Out, fmt.Sprintf("image-%d.png", number))
	title := fmt.Sprintf("Test image %d, a %d, after %d cycles of training", number, digit.Labels[0], o.Cycles)
	if err := drawStages(title, stages).WriteFile(path); err != nil {
		return err
	}
	for class, p := range stages[len(stages)-1].Values {
		fmt.Fprintf(out, "%d: %.4f\n", class, p)
	}
	fmt.Fprintf(notes, "see %s\n", path)
	return nil
}

// drawStages draws each stage as a row: feature maps as tiles of a common scale, nodes
// as one tile, and the final probabilities as bars.
func drawStages(title string, stages []lowlevel.Stage) report.Sheet {
	sheet := report.Sheet{Title: title}
	for i, stage := range stages {
		switch {
		case i == len(stages)-1:
			sheet.Rows = append(sheet.Rows, probabilitiesRow(stage))
		case len(stage.Shape) == 3:
			sheet.Rows = append(sheet.Rows, mapsRow(stage))
		default:
			sheet.Rows = append(sheet.Rows, nodesRow(stage))
		}
	}
	return sheet
}

func mapsRow(stage lowlevel.Stage) report.SheetRow {
	height, width, channels := stage.Shape[0], stage.Shape[1], stage.Shape[2]
	least, greatest := report.Range(stage.Values)
	maps := "1 map"
	if channels > 1 {
		maps = fmt.Sprintf("%d maps", channels)
	}
	row := report.SheetRow{Heading: fmt.Sprintf("%s: %s of %d x %d, black %.3g, white %.3g",
		stage.Name, maps, height, width, least, greatest)}
	for channel := range channels {
		values := make([]float32, height*width)
		for i := range values {
			values[i] = stage.Values[i*channels+channel]
		}
		row.Tiles = append(row.Tiles, report.Grey(height, width, values, least, greatest))
	}
	return row
}

func nodesRow(stage lowlevel.Stage) report.SheetRow {
	least, greatest := report.Range(stage.Values)
	return report.SheetRow{
		Heading: fmt.Sprintf("%s: %d nodes, black %.3g, white %.3g", stage.Name, len(stage.Values), least, greatest),
		Tiles:   []image.Image{report.Grey(1, len(stage.Values), stage.Values, least, greatest)},
	}
}

func probabilitiesRow(stage lowlevel.Stage) report.SheetRow {
	row := report.SheetRow{Heading: "class probabilities"}
	for class, p := range stage.Values {
		row.Tiles = append(row.Tiles, report.Bar(p))
		row.Captions = append(row.Captions, fmt.Sprintf("%d: %.1f %%", class, 100*p))
	}
	return row
}
