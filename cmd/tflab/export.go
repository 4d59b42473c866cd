package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
	kerasfile "github.com/tflab/tflab/tfmodels/keras"
)

// exporter writes a network with its weights to a file, and how it was trained where
// the format has a place for that.
type exporter func(path string, n tfmodels.Model, weights []npy.Entry, how settings.Recipe) error

// exportFormats are the formats of export, by name.
func exportFormats() map[string]exporter {
	return map[string]exporter{
		"keras": exportKeras,
		"npz": func(path string, _ tfmodels.Model, weights []npy.Entry, _ settings.Recipe) error {
			return npy.WriteArchive(path, weights)
		},
		"weights.h5": func(path string, n tfmodels.Model, weights []npy.Entry, _ settings.Recipe) error {
			return kerasfile.WriteWeights(path, n, weights)
		},
	}
}

func exportKeras(path string, n tfmodels.Model, weights []npy.Entry, how settings.Recipe) error {
	compiled, err := kerasfile.CompileWith(how.Optimizer, how.LearningRate, how.Decay, how.Hyperparameters)
	if err != nil {
		return err
	}
	return kerasfile.Save(path, n, weights, compiled)
}

func exportCommand() *cli.Command {
	formats := strings.Join(slices.Sorted(maps.Keys(exportFormats())), ", ")
	return &cli.Command{
		Name:      "export",
		Usage:     "write a run's network for other programs",
		ArgsUsage: "RUN --format FORMAT --out PATH",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` is one of " + formats + " (default: from the ending of PATH)"},
			&cli.StringFlag{Name: "out", Usage: "write to `PATH`"},
		},
		Action: func(c *cli.Context) error {
			args, err := operands(c, "RUN")
			if err != nil {
				return err
			}
			out := c.String("out")
			if out == "" {
				return usagef("export: --out PATH is missing")
			}
			write, err := exporterFor(c.String("format"), out)
			if err != nil {
				return err
			}
			n, err := export(args[0], out, write)
			if err != nil {
				return fmt.Errorf("export %s: %w", args[0], err)
			}
			fmt.Fprintf(c.App.Writer, "%s: %s, %d arrays, %s parameters\n", out, n.Name(), len(n.Weights()), report.Count(n.Parameters()))
			return nil
		},
	}
}

// exporterFor finds a format by its name, or else by the ending of a path.
func exporterFor(format, path string) (exporter, error) {
	all := exportFormats()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if format == name || format == "" && strings.HasSuffix(path, "."+name) {
			return all[name], nil
		}
	}
	names := strings.Join(slices.Sorted(maps.Keys(all)), ", ")
	if format == "" {
		return nil, usagef("export: the ending of %s tells no format: name one of %s with --format", path, names)
	}
	return nil, usagef("export: unknown format %q: want one of %s", format, names)
}

// export writes the network of a run, and returns it.
func export(dir, out string, write exporter) (tfmodels.Model, error) {
	run, err := experiment.Open(dir)
	if err != nil {
		return nil, err
	}
	weights, err := run.Weights()
	if err != nil {
		return nil, err
	}
	return run.Network, write(out, run.Network, weights, run.Config.Recipe)
}
