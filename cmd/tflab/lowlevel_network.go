package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/exercisethree"
	"github.com/tflab/tflab/cmd/internal/experiment"
)

func lowlevelTrainCommand() *cli.Command {
	return lowlevelNetworkCommand("train", "train the network built from these functions", 100, exercisethree.Train,
		&cli.PathFlag{Name: "out", Usage: "write accuracy.csv, accuracy.png and filters.png to `FOLDER`", DefaultText: "runs/lowlevel-TIME"})
}

func lowlevelShowCommand() *cli.Command {
	number := 0
	show := func(ctx context.Context, o exercisethree.Options, out, notes io.Writer) error {
		return exercisethree.Show(ctx, o, number, out, notes)
	}
	return lowlevelNetworkCommand("show", "train briefly, and draw the output of each layer of the network for a digit", 10, show,
		&cli.IntFlag{Name: "image", Usage: "show the test image `NUMBER`, from 0", Destination: &number},
		&cli.PathFlag{Name: "out", Usage: "write image-NUMBER.png to `FOLDER`", DefaultText: "runs/lowlevel-TIME"})
}

// lowlevelNetworkCommand returns a command that trains the network.
func lowlevelNetworkCommand(name, usage string, cycles int, run func(ctx context.Context, o exercisethree.Options, out, notes io.Writer) error, more ...cli.Flag) *cli.Command {
	flags := append(settingFlags("data"),
		&cli.IntFlag{Name: "cycles", Value: cycles, Usage: "train for `NUMBER` cycles, each with --cycle-size training images"},
		&cli.IntFlag{Name: "cycle-size", Value: exercisethree.CycleSize, Usage: "use `IMAGES` training images per cycle"},
		&cli.BoolFlag{Name: "pool", Usage: "pool 2x2 after each convolutional layer: faster and slightly more accurate"},
		&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "derive the initial weights and the order of images from the seed `NUMBER`"},
		tfLogFlag())
	return &cli.Command{Name: name, Usage: usage, Flags: append(flags, more...),
		Action: func(c *cli.Context) error {
			if _, err := operands(c); err != nil {
				return err
			}
			for _, flag := range []string{"cycles", "cycle-size"} {
				if n := c.Int(flag); n < 1 {
					return usagef("%s: got --%s %d: want at least 1", commandPath(c), flag, n)
				}
			}
			o := exercisethree.Options{DataDir: c.String("data"), Progress: c.App.ErrWriter, Warn: consoleOf(c).warn,
				Cycles: c.Int("cycles"), CycleSize: c.Int("cycle-size"), Pool: c.Bool("pool"), Seed: c.Uint64("seed"),
				TFLog: c.Bool("tf-log"), Out: cmp.Or(c.Path("out"), experiment.DefaultFolder("lowlevel"))}
			err := run(c.Context, o, c.App.Writer, c.App.ErrWriter)
			var image *exercisethree.ImageError
			switch {
			case errors.As(err, &image):
				return usageError{fmt.Errorf("%s: %w", name, err)}
			case err != nil:
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		}}
}
