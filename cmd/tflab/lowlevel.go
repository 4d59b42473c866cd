package main

import (
	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/tflog"
)

// lowlevelCommand is exercise three: the functions of package lowlevel, applied to .npy
// files, and the network built from them.
func lowlevelCommand() *cli.Command {
	command := &cli.Command{
		Name:  "lowlevel",
		Usage: "run the lab's own functions, made of matrix operations, or a network built from them",
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("lowlevel: unknown function %q: want one of %s", c.Args().First(), commandNames(c.Command.Subcommands))
			}
			return cli.ShowSubcommandHelp(c)
		},
	}
	for _, f := range fileFunctions() {
		command.Subcommands = append(command.Subcommands, f.command())
	}
	command.Subcommands = append(command.Subcommands, lowlevelTrainCommand(), lowlevelShowCommand())
	return command
}

func tfLogFlag() cli.Flag {
	return &cli.BoolFlag{Name: "tf-log", Usage: "show TensorFlow's log lines"}
}

// holdLog runs f, which opens a session, and hides TensorFlow's log lines.
func holdLog(c *cli.Context, f func() error) error {
	if c.Bool("tf-log") {
		return f()
	}
	return tflog.Hold(f)
}
