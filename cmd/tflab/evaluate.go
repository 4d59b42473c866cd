package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs/fit"
)

func evaluateCommand() *cli.Command {
	return &cli.Command{
		Name:      "evaluate",
		Usage:     "measure a trained network on its test set",
		ArgsUsage: "RUN [flags]",
		Flags:     settingFlags(settings.Data, settings.Machine),
		Action: func(c *cli.Context) error {
			args, err := operands(c, "RUN")
			if err != nil {
				return err
			}
			score, examples, err := evaluate(c, args[0])
			if err != nil {
				return fmt.Errorf("evaluate %s: %w", args[0], err)
			}
			fmt.Fprintf(c.App.Writer, "test loss %.4f accuracy %.4f (%d examples)\n", score.Loss, score.Accuracy, examples)
			return nil
		},
	}
}

func evaluate(c *cli.Context, dir string) (score fit.Score, examples int, err error) {
	trained, err := experiment.Open(dir)
	if err != nil {
		return score, 0, err
	}
	s, err := trained.Spec(choices(c))
	if err != nil {
		return score, 0, usageError{err}
	}
	return trained.Evaluate(c.Context, s, consoleOf(c).events())
}
