package main

import (
	"fmt"
	"image"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/sketch"
	"github.com/tflab/tflab/graphs/lowlevel"
)

func lowlevelShowCommand() *cli.Command {
	return &cli.Command{
		Name:  "show",
		Usage: "draw what each layer of the network, after a short training, makes of a digit",
		Flags: append(lowlevelNetworkFlags(10),
			&cli.IntFlag{Name: "image", Usage: "`NUMBER` of the test image, from 0"},
			&cli.PathFlag{Name: "out", Usage: "`FOLDER` for image-NUMBER.png", DefaultText: "runs/lowlevel-TIME"}),
		Action: func(c *cli.Context) error {
			if _, err := operands(c); err != nil {
				return err
			}
			return showLowlevel(c)
		},
	}
}

func showLowlevel(c *cli.Context) error {
	out := lowlevelFolder(c)
	run, err := openLowlevel(c)
	if err != nil {
		return err
	}
	defer run.network.Close()
	number := c.Int("image")
	if number < 0 || number >= run.test.Len() {
		return usagef("show: got --image %d, want 0 to %d", number, run.test.Len()-1)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("show: --out: %w", err)
	}
	err = run.network.Train(c.Context, run.train, run.fixed, run.training, func(cycle lowlevel.Cycle) error {
		printCycle(c.App.ErrWriter, cycle, run.fixed.Len())
		return nil
	})
	if err != nil {
		return fmt.Errorf("show: %w", err)
	}
	digit := run.test.Pick([]int{number})
	stages, err := run.network.Stages(digit.Images)
	if err != nil {
		return fmt.Errorf("show: %w", err)
	}
	path := filepath.Join(out, fmt.Sprintf("image-%d.png", number))
	title := fmt.Sprintf("Test image %d, a %d, after %d cycles of training", number, digit.Labels[0], c.Int("cycles"))
	if err := drawStages(title, stages).WriteFile(path); err != nil {
		return fmt.Errorf("show: %w", err)
	}
	for class, p := range stages[len(stages)-1].Values {
		fmt.Fprintf(c.App.Writer, "%d: %.4f\n", class, p)
	}
	fmt.Fprintf(c.App.ErrWriter, "see %s\n", path)
	return nil
}

// drawStages makes a row of each stage: maps as tiles of one scale, nodes as
// one tile, the probabilities at the end as bars.
func drawStages(title string, stages []lowlevel.Stage) sketch.Sheet {
	sheet := sketch.Sheet{Title: title}
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

func mapsRow(stage lowlevel.Stage) sketch.Row {
	height, width, channels := stage.Shape[0], stage.Shape[1], stage.Shape[2]
	least, greatest := sketch.Range(stage.Values)
	maps := "1 map"
	if channels > 1 {
		maps = fmt.Sprintf("%d maps", channels)
	}
	row := sketch.Row{Heading: fmt.Sprintf("%s: %s of %d x %d, black %.3g, white %.3g",
		stage.Name, maps, height, width, least, greatest)}
	for channel := range channels {
		values := make([]float32, height*width)
		for i := range values {
			values[i] = stage.Values[i*channels+channel]
		}
		row.Tiles = append(row.Tiles, sketch.Grey(height, width, values, least, greatest))
	}
	return row
}

func nodesRow(stage lowlevel.Stage) sketch.Row {
	least, greatest := sketch.Range(stage.Values)
	return sketch.Row{
		Heading: fmt.Sprintf("%s: %d nodes, black %.3g, white %.3g", stage.Name, len(stage.Values), least, greatest),
		Tiles:   []image.Image{sketch.Grey(1, len(stage.Values), stage.Values, least, greatest)},
	}
}

func probabilitiesRow(stage lowlevel.Stage) sketch.Row {
	row := sketch.Row{Heading: "class probabilities"}
	for class, p := range stage.Values {
		row.Tiles = append(row.Tiles, sketch.Bar(p))
		row.Captions = append(row.Captions, fmt.Sprintf("%d: %.1f %%", class, 100*p))
	}
	return row
}
