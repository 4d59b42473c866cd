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
		&cli.StringFlag{Name: "only", Value: "mnist-mlp-relu,mnist-cnn,cifar10-cnn", Usage: "measure the networks `NAME,...`, which may be Keras files"},
		&cli.IntFlag{Name: "rounds", Value: 3, Usage: "let each program train `N` times, alternating"},
		&cli.IntFlag{Name: "epochs", Value: 3, Usage: "train for `N` epochs, 2 or more; the first is not counted"},
		&cli.IntFlag{Name: "limit", Usage: "train only on the first `N` training examples", DefaultText: "as many as make an epoch of some seconds"},
		&cli.StringFlag{Name: "precisions", Usage: "train in `TYPE,...` of float32, mixed_bfloat16 and mixed_float16", DefaultText: "float32, and mixed_bfloat16 where the CPU has instructions for it"},
		&cli.StringFlag{Name: "peers", Value: strings.Join(peerNames(), ","), Usage: "measure the installed ones of the peers `NAME,...`: Keras on TensorFlow, Keras on JAX and PyTorch"},
		&cli.StringFlag{Name: "keras", Value: "default,steps,xla", Usage: "measure Keras on TensorFlow with the settings `NAME,...`: its default, 50 steps per execution, and 50 steps with XLA"},
		&cli.BoolFlag{Name: "scaling", Usage: "also measure tflab by batch, threads and replicas, and with streamed data"},
		&cli.StringFlag{Name: "cluster", Usage: "measure training on 1, 2, 4, … of the workers at `HOST:PORT,...` instead; local: on workers of this machine with one thread each"},
		&cli.StringFlag{Name: "python", Usage: "run Keras with the interpreter `PATH`", EnvVars: []string{"TFLAB_REFERENCE"}, DefaultText: "the one that scripts/reference/setup installed, or python3"},
		&cli.StringFlag{Name: "out", Usage: "write bench.md and bench.json to the folder `DIR`", DefaultText: "runs/bench-TIME"})
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

// bench measures networks one after the other.
type bench struct {
	con        console
	rounds     int
	scaling    bool
	settings   []string // settings of Keras
	out        string
	peers      []peer // the installed peers
	precisions []graphs.Precision
	contests   []*contest
	limit      benchmark.Multiplication
	result     benchmark.Result
	saved      bool // some results are saved
}

// contest is the measurement of one network.
type contest struct {
	*keras
	measured *benchmark.Network
}

// benchOf reads all flags before the first measurement.
func benchOf(c *cli.Context) (*bench, error) {
	b := &bench{con: consoleOf(c), rounds: c.Int("rounds"), scaling: c.Bool("scaling"),
		out: cmp.Or(c.String("out"), experiment.DefaultFolder("bench"))}
	networks, err := benchNetworks(c)
	if err != nil {
		return nil, err
	}
	for _, n := range networks {
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
	first := b.contests[0] // all networks run on the same device
	b.limit = benchmark.Multiplication{Extent: 2048, Threads: first.Threads, CPU: first.Device == graphs.CPU, Duration: time.Second}
	if err := b.parsePrecisions(c.String("precisions")); err != nil {
		return nil, err
	}
	if _, err := os.Lstat(filepath.Join(b.out, benchmark.JSONFile)); err == nil {
		return nil, fmt.Errorf("%s: already holds a benchmark (%s): name a new folder with --out", b.out, benchmark.JSONFile)
	}
	return b, b.findPeers(c)
}

// benchNetworks checks the numbers of rounds and epochs, and returns the networks to
// measure.
func benchNetworks(c *cli.Context) (all []tfmodels.Network, err error) {
	if n := c.Int("rounds"); n < 1 {
		return nil, usagef("--rounds %d: want 1 or more", n)
	}
	if n := c.Int("epochs"); n < 2 {
		return nil, usagef("--epochs %d: want 2 or more, since the first is not counted", n)
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
		all = append(all, n)
	}
	return all, nil
}

// parsePrecisions parses --precisions. The default is the precisions that this CPU
// supports.
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

// contestOf returns how both programs train a network.
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
		k.con.verbose, k.Verbose = 0, 0 // bench reports rounds instead of epochs
	}
	return &contest{keras: k}, nil
}

// epochWork is a number of multiply-adds of the forward pass. An epoch with this work
// is long enough to be measured, and short enough to be repeated.
const epochWork = 1.5e11

// benchExamples returns the number of examples, in whole thousands, of an epoch with
// the given work.
func benchExamples(n tfmodels.Network, work float64) int {
	return max(1, int(work/float64(n.MultiplyAdds())/1000)) * 1000
}

// layerWork returns the multiply-adds of each layer's forward pass.
func layerWork(n tfmodels.Network) (all []int) {
	for _, row := range n.Summary() {
		all = append(all, row.MultiplyAdds)
	}
	return all
}

// run measures all networks, and saves the results after each run of a program.
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
			return fmt.Errorf("%s: %w; the measurements so far are in %s", o.Network.Name(), err, b.out)
		case err != nil:
			return fmt.Errorf("%s: %w", o.Network.Name(), err)
		}
	}
	fmt.Fprintf(b.con.out, "%s\nbenchmark %s\n", b.result.Markdown(), filepath.Join(b.out, benchmark.MarkdownFile))
	return nil
}
