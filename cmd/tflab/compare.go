package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/comparison"
	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/settings"
	kerasfile "github.com/tflab/tflab/tfmodels/keras"
)

func compareCommand() *cli.Command {
	flags := append(settingFlags(settings.Data, "limit", "epochs", "batch-size", "optimizer", "learning-rate", "decay", "semantics", "validation-split", "validation", "seed"),
		&cli.BoolFlag{Name: "shuffle", Usage: "shuffle the examples anew in each epoch, with the same order on both sides", DefaultText: "in the order of the data"},
		&cli.IntFlag{Name: "seeds", Usage: "keep dropout, and compare the means of `K` runs of each side, with seeds from --seed on"},
		&cli.Float64Flag{Name: "tolerance", Value: 1e-4, Usage: "accept losses that differ by `T`, relative to the larger"},
		&cli.Float64Flag{Name: "accuracy-tolerance", Value: 0.002, Usage: "accept accuracies that differ by `T`, as a share of the examples"},
		&cli.BoolFlag{Name: "noise-floor", Usage: "run Keras a second time, from weights of which one differs in its last bit, and accept twice the resulting difference if that is more than the tolerance"},
		&cli.StringFlag{Name: "python", Usage: "run Keras with the interpreter `PATH`", DefaultText: "the Python of scripts/reference/setup, or python3", EnvVars: []string{"TFLAB_REFERENCE"}},
		&cli.StringFlag{Name: "keras-args", Usage: "add `ARGS` to the command line of Keras only"},
		&cli.StringFlag{Name: "tflab-args", Usage: "add `ARGS` to the command line of tflab only"},
		&cli.StringFlag{Name: "out", Usage: "write the comparison to the folder `DIR`", DefaultText: "runs/compare-NAME-TIME"})
	return &cli.Command{
		Name:      "compare",
		Usage:     "compare a network or a run with Keras, or two runs with each other",
		ArgsUsage: "NETWORK|RUN|RUN_A RUN_B [flags]",
		Flags:     append(flags, settingFlags("verbose", settings.Machine)...),
		Action: func(c *cli.Context) error {
			for _, flag := range []string{"tolerance", "accuracy-tolerance"} {
				if v := c.Float64(flag); !(v > 0) {
					return usagef("compare: --%s %g: want more than 0", flag, v)
				}
			}
			switch c.NArg() {
			case 1:
				return compareWithKeras(c, c.Args().First())
			case 2:
				return compareRuns(c, c.Args().Get(0), c.Args().Get(1))
			}
			return usagef("compare: %d arguments: want a network, a run or two runs; usage: %s %s", c.NArg(), c.Command.HelpName, c.Command.ArgsUsage)
		},
	}
}

// compareWithKeras trains a network with both programs, or repeats a run in Keras.
func compareWithKeras(c *cli.Context, name string) error {
	network, err := kerasfile.Lookup(name)
	info, missing := os.Stat(name)
	isRun := err != nil && missing == nil && info.IsDir()
	switch {
	case err == nil || isRun:
	case kerasfile.IsFile(name):
		return fmt.Errorf("compare: %w", err)
	default:
		return usageError{fmt.Errorf("compare: %s is not a run folder, and %w", name, err)}
	}
	seeds := c.Int("seeds")
	if c.IsSet("seeds") && (seeds < 2 || isRun) {
		return usagef("compare: --seeds %d: want 2 or more, and a network to train", seeds)
	}
	var k *keras
	if isRun {
		k, err = kerasOfRun(c, name)
	} else {
		k, err = kerasOf(c, network)
	}
	if err != nil {
		return fmt.Errorf("compare %s: %w", name, err)
	}
	compare := k.once
	if seeds > 0 {
		compare = func(ctx context.Context) (result, error) { return k.spread(ctx, seeds) }
	}
	r, err := compare(c.Context)
	if err != nil {
		return fmt.Errorf("compare %s: %w", name, err)
	}
	return conclude(c, r, k.Out)
}

// compareRuns compares the runs in two folders.
func compareRuns(c *cli.Context, first, second string) error {
	names := legendNames([]string{first, second})
	a, err := comparison.Open(names[0], first)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	b, err := comparison.Open(names[1], second)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	title := fmt.Sprintf("%s and %s", names[0], names[1])
	if network := cmp.Or(a.Network, b.Network); network != "" {
		title = network + ": " + title
	}
	r, err := comparison.Compare(title, a, b, toleranceOf(c))
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	out, err := comparisonFolder(c, "runs")
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	return conclude(c, result{r, r.Title, r.Verdict, r.Identical}, out)
}

// result is the outcome of either kind of comparison.
type result struct {
	files interface{ Write(dir string) error }
	title string

	verdict string
	same    bool
}

// errParted is the error of a comparison whose sides differ.
var errParted = errors.New("the sides are not the same")

// conclude writes the comparison and prints its verdict.
func conclude(c *cli.Context, r result, out string) error {
	if err := r.files.Write(out); err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	fmt.Fprintf(c.App.Writer, "%s: %s\ncomparison %s\n", r.title, r.verdict, filepath.Join(out, comparison.HTMLFile))
	if !r.same {
		return fmt.Errorf("compare: %w", errParted)
	}
	return nil
}

func toleranceOf(c *cli.Context) comparison.Tolerance {
	return comparison.Tolerance{Loss: c.Float64("tolerance"), Accuracy: c.Float64("accuracy-tolerance")}
}

// comparisonFolder returns the folder of the comparison. It does not overwrite an
// existing one.
func comparisonFolder(c *cli.Context, name string) (string, error) {
	out := c.String("out")
	if out == "" {
		out = experiment.DefaultFolder("compare-" + name)
	}
	for _, taken := range []string{comparison.JSONFile, referenceDir} {
		if _, err := os.Lstat(filepath.Join(out, taken)); err == nil {
			return "", fmt.Errorf("%s: holds a comparison already (%s): want a new folder; name one with --out", out, taken)
		}
	}
	return out, nil
}

// once runs both sides with the same weights and batches, and compares them.
func (k *keras) once(ctx context.Context) (result, error) {
	a, b, err := k.pair(ctx, k.Out, k.Seed)
	if err != nil {
		return result{}, err
	}
	if k.noise {
		if err := k.floor(ctx, a); err != nil {
			return result{}, err
		}
	}
	r, err := comparison.Compare(k.title(), a, b, k.tolerance)
	if err != nil {
		return result{}, err
	}
	r.Notes = k.notes
	return result{r, r.Title, r.Verdict, r.Identical}, nil
}

func (k *keras) title() string { return k.Network.Name() + ": Keras and tflab" }

// spread runs both sides several times.
func (k *keras) spread(ctx context.Context, seeds int) (result, error) {
	var as, bs []*comparison.Side
	for i := range int64(seeds) {
		a, b, err := k.pair(ctx, filepath.Join(k.Out, fmt.Sprintf("seed-%d", k.Seed+i)), k.Seed+i)
		if err != nil {
			return result{}, err
		}
		as, bs = append(as, a), append(bs, b)
	}
	s, err := comparison.CompareSeeds(k.title(), as, bs)
	if err != nil {
		return result{}, err
	}
	s.Notes = k.notes
	return result{s, s.Title, s.Verdict, s.Agree}, nil
}
