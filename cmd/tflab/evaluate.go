package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

func evaluateCommand() *cli.Command {
	return &cli.Command{
		Name:      "evaluate",
		Usage:     "measure a trained network on its test set",
		ArgsUsage: "RUN [flags]",
		Flags:     append(datasetFlags(), deviceFlags()...),
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
	folder, err := runfolder.Open(dir)
	if err != nil {
		return score, 0, err
	}
	config, err := folder.Config()
	if err != nil {
		return score, 0, err
	}
	network, err := tfmodels.Lookup(config.Network)
	if err != nil {
		return score, 0, err
	}
	var s settings
	if err := s.machine(c); err != nil {
		return score, 0, err
	}
	s.replicas = cmp.Or(s.replicas, s.defaultReplicas(network))
	con := consoleOf(c)
	weights, err := readWeights(folder.Path(runfolder.WeightsFile), network)
	if err != nil {
		return score, 0, err
	}
	name, dir := dataOf(config.Data)
	data, err := openData(c.Context, con, cmp.Or(c.String("dataset"), name), cmp.Or(c.String("data"), dir), network)
	if err != nil {
		return score, 0, err
	}
	if got := data.Fingerprint(); got != config.Data.Fingerprint {
		con.warn(fmt.Sprintf("this is not the data of the run: %s (%s) there, %s (%s) here",
			config.Data.Source, config.Data.Fingerprint, data.Source, got))
	}
	program, err := con.compile(network, graphs.Options{Precision: graphs.Precision(config.Precision), Device: s.device, Threads: s.threads, MemoryLimit: s.memory, Replicas: s.replicas, JIT: s.jit})
	if err != nil {
		return score, 0, err
	}
	defer program.Close()
	if err := program.SetWeights(weights); err != nil {
		return score, 0, err
	}
	score, err = fit.Evaluate(c.Context, program, data.Test)
	return score, data.Test.Len(), err
}

// dataOf is where a run's data set came from, as names for openData.
func dataOf(d runfolder.Data) (name, dir string) {
	info, err := os.Stat(d.Source)
	switch {
	case strings.HasPrefix(d.Name, "sample-") || err != nil:
		return d.Name, ""
	case !slices.Contains(dataset.Names(), d.Name): // a folder of images
		return d.Source, ""
	case !info.IsDir():
		return d.Name, filepath.Dir(d.Source)
	}
	return d.Name, d.Source
}
