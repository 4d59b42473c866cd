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
	"github.com/tflab/tflab/cmd/internal/tflog"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/savedmodel"
	"github.com/tflab/tflab/tfmodels"
	kerasfile "github.com/tflab/tflab/tfmodels/keras"
)

// exported is the data for an export.
type exported struct {
	network tfmodels.Model
	weights []npy.Entry
	recipe  settings.Recipe // how the network was trained
	classes []string        // names of the classes
}

// exporter writes a network with its weights to a file or folder.
type exporter func(path string, e exported) error

// exportFormats returns the export formats by name.
func exportFormats() map[string]exporter {
	return map[string]exporter{
		"checkpoint": func(path string, e exported) error { return e.trained().WriteCheckpoint(path) },
		"frozen":     func(path string, e exported) error { return e.trained().WriteFrozen(path) },
		"keras":      exportKeras,
		"npz":        func(path string, e exported) error { return npy.WriteArchive(path, e.weights) },
		"savedmodel": func(path string, e exported) error { return e.trained().Write(path) },
		"weights.h5": func(path string, e exported) error { return kerasfile.WriteWeights(path, e.network, e.weights) },
	}
}

// trained returns the network for package savedmodel.
func (e exported) trained() savedmodel.Trained {
	return savedmodel.Trained{Model: e.network, Weights: e.weights, Classes: e.classes}
}

func exportKeras(path string, e exported) error {
	how := e.recipe
	compiled, err := kerasfile.CompileWith(kerasfile.Method{Optimizer: how.Optimizer, LearningRate: how.LearningRate, Decay: how.Decay,
		Schedule: how.Schedule, Hyperparameters: how.Hyperparameters})
	if err != nil {
		return err
	}
	return kerasfile.Save(path, e.network, e.weights, compiled)
}

// weightsFlag returns the flag that chooses among a run's weights.
func weightsFlag() cli.Flag {
	return &cli.StringFlag{Name: "weights", Value: experiment.LastWeights,
		Usage: "use the weights `STATE`: last, best (of the best validation loss) or a file"}
}

func exportCommand() *cli.Command {
	formats := strings.Join(slices.Sorted(maps.Keys(exportFormats())), ", ")
	return &cli.Command{
		Name:      "export",
		Usage:     "write a run's network for other programs",
		ArgsUsage: "RUN --format FORMAT --out PATH",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Usage: "write `FORMAT`: " + formats + " (default: by the extension of PATH)"},
			&cli.StringFlag{Name: "out", Usage: "write to `PATH`, a folder for savedmodel and checkpoint, else a file"},
			weightsFlag(),
			settingFlags("tf-log")[0],
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
			var n tfmodels.Model
			err = tflog.Unless(c.Bool("tf-log"), func() error {
				n, err = export(args[0], c.String("weights"), out, write)
				return err
			})
			if err != nil {
				return fmt.Errorf("export %s: %w", args[0], err)
			}
			fmt.Fprintf(c.App.Writer, "%s: %s, %d arrays, %s parameters\n", out, n.Name(), len(n.Weights()), report.Count(n.Parameters()))
			return nil
		},
	}
}

// exporterFor returns the exporter of a format or, if format is empty, of the path's
// extension.
func exporterFor(format, path string) (exporter, error) {
	all := exportFormats()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if format == name || format == "" && strings.HasSuffix(path, "."+name) {
			return all[name], nil
		}
	}
	names := strings.Join(slices.Sorted(maps.Keys(all)), ", ")
	if format == "" {
		return nil, usagef("export: %s has an unknown extension: want one of %s, by --format", path, names)
	}
	return nil, usagef("export: unknown format %q: want one of %s", format, names)
}

// export writes the network of a run in a state, and returns the network.
func export(dir, state, out string, write exporter) (tfmodels.Model, error) {
	run, err := experiment.Open(dir)
	if err != nil {
		return nil, err
	}
	weights, err := run.NamedWeights(state)
	if err != nil {
		return nil, err
	}
	return run.Network, write(out, exported{run.Network, weights, run.Config.Recipe, run.Config.Data.Classes})
}
