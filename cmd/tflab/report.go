package main

import (
	"fmt"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/report/document"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "rewrite the report of a lab from the files in its folder",
		ArgsUsage: "DIR",
		Action: func(c *cli.Context) error {
			args, err := operands(c, "DIR")
			if err != nil {
				return err
			}
			if err := document.Rewrite(args[0]); err != nil {
				return err
			}
			fmt.Fprintf(c.App.Writer, "report %s\n", filepath.Join(args[0], document.HTMLFile))
			return nil
		},
	}
}
