package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
)

func initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "write a network's initial weights",
		ArgsUsage: "NETWORK --out FILE.npz [--seed N]",
		Flags:     append(settingFlags("seed"), &cli.StringFlag{Name: "out", Usage: "write the weights to `FILE.npz`"}),
		Action: func(c *cli.Context) error {
			n, err := networkArgument(c)
			if err != nil {
				return err
			}
			out := c.String("out")
			if out == "" {
				return usagef("init: --out FILE.npz is missing")
			}
			weights := graphs.InitialWeights(n, c.Int64("seed"))
			if err := npy.WriteArchive(out, weights); err != nil {
				return fmt.Errorf("init: %w", err)
			}
			fmt.Fprintf(c.App.Writer, "%s: %d arrays, %s parameters\n", out, len(weights), report.Count(n.Parameters()))
			return nil
		},
	}
}
