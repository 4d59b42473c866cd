package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/prediction"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels/dataset"
)

func evaluateCommand() *cli.Command {
	return &cli.Command{
		Name:      "evaluate",
		Usage:     "measure a trained network on its test set",
		ArgsUsage: "RUN|SAVEDMODEL [flags]",
		Flags:     append(settingFlags(settings.Data, settings.Machine), signatureFlags()...),
		Action: func(c *cli.Context) error {
			args, err := operands(c, "RUN|SAVEDMODEL")
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
	if !prediction.IsRun(dir) && serving.IsSavedModel(dir) {
		return evaluateSavedModel(c, dir)
	}
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

// evaluateSavedModel evaluates a SavedModel on the test set that the flags name.
func evaluateSavedModel(c *cli.Context, dir string) (score fit.Score, examples int, err error) {
	if c.String("dataset") == "" {
		return score, 0, usagef("a SavedModel names no data set: give one with --dataset")
	}
	o, err := predictionOptions(c)
	if err != nil {
		return score, 0, err
	}
	network, err := prediction.Open(c.Context, dir, o)
	if err != nil {
		return score, 0, err
	}
	defer network.Close()
	con := consoleOf(c)
	data, err := dataset.Open(c.Context, c.String("dataset"), dataset.Options{Dir: c.String("data"), Shape: network.InputShape(), Warn: con.warn})
	if err != nil {
		return score, 0, err
	}
	score, err = prediction.Evaluate(c.Context, network, data.Test)
	return score, data.Test.Len(), err
}
