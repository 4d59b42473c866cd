package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/benchmark"
	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/machine"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels"
	kerasfile "github.com/tflab/tflab/tfmodels/keras"
)

func benchCommand() *cli.Command {
	flags := append(settingFlags("data", "validation"),
		&cli.StringFlag{Name: "only", Value: "mnist-mlp-relu,mnist-cnn,cifar10-cnn", Usage: "measure the networks `NAME,...`, which may be files of Keras"},
		&cli.IntFlag{Name: "rounds", Value: 3, Usage: "let each program train `N` times, in turns"},
		&cli.IntFlag{Name: "epochs", Value: 3, Usage: "train for `N` epochs, 2 or more: the first is left out"},
		&cli.IntFlag{Name: "limit", Usage: "train on the first `N` training examples only", DefaultText: "as many as take some seconds an epoch"},
		&cli.StringFlag{Name: "precisions", Usage: "train in `TYPE,...` of float32, mixed_bfloat16 and mixed_float16", DefaultText: "float32, and mixed_bfloat16 where the CPU has instructions for it"},
		&cli.StringFlag{Name: "peers", Value: strings.Join(peerNames(), ","), Usage: "measure the peers `NAME,...` of those that are set up: Keras on TensorFlow, Keras on JAX and PyTorch"},
		&cli.StringFlag{Name: "keras", Value: "default,steps,xla", Usage: "measure Keras on TensorFlow with the settings `NAME,...`: its default, 50 steps an execution, and XLA beside these"},
		&cli.BoolFlag{Name: "scaling", Usage: "measure tflab by batch, threads and replicas, and with data that streams, too"},
		&cli.StringFlag{Name: "cluster", Usage: "measure training on 1, 2, 4, … of the workers at `HOST:PORT,...` instead; local: on workers of this machine, of one thread each"},
		&cli.StringFlag{Name: "python", Usage: "run Keras with the interpreter `PATH`", EnvVars: []string{"TFLAB_REFERENCE"}, DefaultText: "what scripts/reference/setup has made, or python3"},
		&cli.StringFlag{Name: "out", Usage: "leave bench.md and bench.json in the folder `DIR`", DefaultText: "runs/bench-TIME"})
	flags = append(flags, settingFlags("device", "threads", "tf-log", "verbose")...)
	return &cli.Command{
		Name:      "bench",
		Usage:     "measure training side by side with Keras and PyTorch",
		ArgsUsage: "[NETWORK...] [flags]",
		Flags:     flags,
		Action: func(c *cli.Context) error {
			if c.String("cluster") != "" {
				if err := benchOnCluster(c); err != nil {
					return fmt.Errorf("bench: %w", err)
				}
				return nil
			}
			b, err := benchOf(c)
			if err == nil {
				err = b.run(c.Context)
			}
			if err != nil {
				return fmt.Errorf("bench: %w", err)
			}
			return nil
		},
	}
}

// bench measures networks, one after the other.
type bench struct {
	con        console
	rounds     int
	scaling    bool
	settings   []string // of Keras
	out        string
	peers      []peer // those that are set up
	precisions []graphs.Precision
	contests   []*contest
	limit      benchmark.Multiplication
	result     benchmark.Result
	saved      bool // some of it
}

// contest is what is measured of one network.
type contest struct {
	*keras
	measured *benchmark.Network
}

// benchOf reads the flags before anything is measured.
func benchOf(c *cli.Context) (*bench, error) {
	b := &bench{con: consoleOf(c), rounds: c.Int("rounds"), scaling: c.Bool("scaling"),
		out: cmp.Or(c.String("out"), experiment.DefaultFolder("bench"))}
	if b.rounds < 1 {
		return nil, usagef("--rounds %d: want 1 or more", b.rounds)
	}
	if c.Int("epochs") < 2 {
		return nil, usagef("--epochs %d: want 2 or more, the first is left out", c.Int("epochs"))
	}
	names := c.Args().Slice()
	if len(names) == 0 {
		names = strings.Split(c.String("only"), ",")
	} else if c.IsSet("only") {
		return nil, usagef("--only %s and the arguments %s exclude each other", c.String("only"), strings.Join(names, " "))
	}
	for _, name := range names {
		n, err := kerasfile.Lookup(name)
		if err != nil && !kerasfile.IsFile(name) {
			return nil, usageError{err}
		}
		if err != nil {
			return nil, err
		}
		o, err := contestOf(c, n)
		if err != nil {
			return nil, err
		}
		b.contests = append(b.contests, o)
	}
	b.settings = strings.Split(c.String("keras"), ",")
	for _, name := range b.settings {
		if !slices.Contains([]string{"default", "steps", "xla"}, name) {
			return nil, usagef("--keras %s: want some of default, steps and xla", c.String("keras"))
		}
	}
	first := b.contests[0] // all run on the same device
	b.limit = benchmark.Multiplication{Extent: 2048, Threads: first.Threads, CPU: first.Device == graphs.CPU, Duration: time.Second}
	if err := b.parsePrecisions(c.String("precisions")); err != nil {
		return nil, err
	}
	if _, err := os.Lstat(filepath.Join(b.out, benchmark.JSONFile)); err == nil {
		return nil, fmt.Errorf("%s: holds a benchmark already (%s): name a new folder with --out", b.out, benchmark.JSONFile)
	}
	return b, b.findPeers(c)
}

// parsePrecisions takes those that this CPU is made for where none is named.
func (b *bench) parsePrecisions(names string) error {
	if names == "" {
		names = string(graphs.Float32)
		if slices.Contains(machine.CPUFeatures(), "avx512_bf16") {
			names += "," + string(graphs.MixedBFloat16)
		}
	}
	for _, name := range strings.Split(names, ",") {
		p, err := graphs.ParsePrecision(name)
		if err != nil {
			return usageError{fmt.Errorf("--precisions: %w", err)}
		}
		b.precisions = append(b.precisions, p)
	}
	return nil
}

// contestOf is how both programs train a network.
func contestOf(c *cli.Context, n tfmodels.Network) (*contest, error) {
	s, err := experiment.New(n, choices(c))
	if err != nil {
		return nil, usageError{err}
	}
	if err := n.Recipe.Check(false); err != nil {
		return nil, err
	}
	settleDevice(s)
	s.Recipe.Epochs = c.Int("epochs")
	if s.Limit == 0 {
		s.Limit = benchExamples(n, epochWork)
	}
	k := &keras{Spec: s, con: consoleOf(c)}
	k.both, k.ofTFLab = s.Arguments("epochs", "seed", "threads", "validation"), s.Arguments("data", "device")
	if k.con.verbose < 2 {
		k.con.verbose, k.Verbose = 0, 0 // the rounds are told instead
	}
	return &contest{keras: k}, nil
}

// epochWork is how many multiply-adds of the forward pass make an epoch long
// enough to be measured, and a benchmark short enough to be repeated.
const epochWork = 1.5e11

// benchExamples are so many thousands that an epoch has some work.
func benchExamples(n tfmodels.Network, work float64) int {
	return max(1, int(work/float64(n.MultiplyAdds())/1000)) * 1000
}

// layerWork is the multiply-adds of each layer's forward pass.
func layerWork(n tfmodels.Network) (all []int) {
	for _, row := range n.Summary() {
		all = append(all, row.MultiplyAdds)
	}
	return all
}

// run measures all, and leaves what it has after each run of a program.
func (b *bench) run(ctx context.Context) (err error) {
	if err := os.MkdirAll(b.out, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(b.out, "work-") // emptied after each run
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	for _, o := range b.contests {
		o.Out = filepath.Join(work, experiment.FileName(o.Network.Name()))
		err := b.contend(ctx, o)
		switch {
		case err != nil && b.saved:
			return fmt.Errorf("%s: %w; what was measured is in %s", o.Network.Name(), err, b.out)
		case err != nil:
			return fmt.Errorf("%s: %w", o.Network.Name(), err)
		}
	}
	fmt.Fprintf(b.con.out, "%s\nbenchmark %s\n", b.result.Markdown(), filepath.Join(b.out, benchmark.MarkdownFile))
	return nil
}
