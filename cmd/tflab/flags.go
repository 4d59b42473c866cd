package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/tflog"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/optim"
)

// console is where a command writes: results to out, all else to err.
type console struct {
	out, err io.Writer
	verbose  int             // 0 silent, 1 a bar, 2 a line an epoch
	tfLog    bool            // let TensorFlow's own lines through
	said     map[string]bool // warnings that are worth one line in a command
}

func consoleOf(c *cli.Context) console {
	return console{out: c.App.Writer, err: c.App.ErrWriter, verbose: c.Int("verbose"), tfLog: c.Bool("tf-log"), said: map[string]bool{}}
}

func (con console) warn(message string) {
	fmt.Fprintf(con.err, "tflab: warning: %s\n", oneLine(message))
}

// warnOnce warns where one command would warn for each of its networks.
func (con console) warnOnce(message string) {
	if !con.said[message] {
		con.said[message] = true
		con.warn(message)
	}
}

// compile compiles a model without a word from TensorFlow, and says what there is
// to say of the device.
func (con console) compile(m graphs.Model, o graphs.Options) (*graphs.Program, error) {
	p, err := con.compileQuietly(m, o)
	if err != nil {
		return nil, err
	}
	for _, notice := range p.Notices() {
		con.warnOnce(notice)
	}
	return p, nil
}

func (con console) compileQuietly(m graphs.Model, o graphs.Options) (*graphs.Program, error) {
	var p *graphs.Program
	build := func() (err error) {
		if err := prepareTensorFlow(o); err != nil {
			return err
		}
		p, err = graphs.Compile(m, o)
		return err
	}
	run := tflog.Hold
	if con.tfLog {
		run = func(f func() error) error { return f() }
	}
	if err := run(build); err != nil {
		return p, err
	}
	if _, failed := p.JIT(); failed != nil {
		con.warn(fmt.Sprintf("XLA compiles nothing, and training is slower: %v: name the folder of CUDA in XLA_FLAGS (--xla_gpu_cuda_data_dir=DIR), or turn XLA off with --jit=false", failed))
	}
	return p, nil
}

func dataFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "data", Usage: "search `DIR` for the data sets, before Keras's cache and tflab's", EnvVars: []string{"TFLAB_DATA"}},
	}
}

func datasetFlags() []cli.Flag {
	return append(dataFlags(),
		&cli.StringFlag{Name: "dataset", Usage: "use data set `NAME`: mnist, cifar10, sample-mnist, sample-cifar10 or a folder of images", DefaultText: "the network's own"})
}

// deviceFlags are those of every command that opens a session.
func deviceFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "device", Value: "auto", Usage: "run on `DEVICE`: auto, cpu, gpu or gpu:N"},
		&cli.IntFlag{Name: "threads", Usage: "use `N` threads", DefaultText: fmt.Sprint(runtime.NumCPU())},
		&cli.StringFlag{Name: "memory-limit", Usage: "stream data sets of more than `SIZE`, as 500M or 2G, instead of keeping them on the device", DefaultText: "none"},
		&cli.IntFlag{Name: "replicas", Usage: "let `N` copies of the network share each batch and the threads of the CPU", DefaultText: "2 for a CNN on two threads of a CPU, else 1"},
		&cli.BoolFlag{Name: "jit", Usage: "let XLA compile the graph, once for each size of batch", DefaultText: "on a GPU"},
		&cli.BoolFlag{Name: "tf-log", Usage: "show TensorFlow's own log lines"},
	}
}

func verboseFlag() cli.Flag {
	return &cli.IntFlag{Name: "verbose", Value: 1, Usage: "`LEVEL` of the progress on stderr: 0 none, 1 a bar, 2 a line an epoch"}
}

func seedFlag() cli.Flag {
	return &cli.Int64Flag{Name: "seed", Value: 1, Usage: "draw initial weights, order and dropout by seed `N`"}
}

// recipeFlags change a network's recipe.
func recipeFlags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "limit", Usage: "train on the first `N` training examples only", DefaultText: "all"},
		&cli.IntFlag{Name: "epochs", Usage: "train for `N` epochs", DefaultText: "the recipe's"},
		&cli.IntFlag{Name: "batch-size", Usage: "take `N` examples a step", DefaultText: "the recipe's"},
		&cli.StringFlag{Name: "optimizer", Usage: "`NAME` is rmsprop, adadelta, sgd or adam", DefaultText: "the recipe's"},
		&cli.Float64Flag{Name: "learning-rate", Usage: "begin with the learning rate `LR`", DefaultText: "the recipe's, or Keras's for the optimizer"},
		&cli.Float64Flag{Name: "decay", Usage: "divide the learning rate by 1+`D`*steps", DefaultText: "the recipe's"},
		&cli.StringFlag{Name: "precision", Value: string(graphs.Float32), Usage: "compute the layers in `TYPE` float32, mixed_bfloat16 or mixed_float16"},
		&cli.StringFlag{Name: "semantics", Value: string(optim.Keras3), Usage: "follow the optimizers' formulas of `VERSION` keras3 or keras2"},
		&cli.Float64Flag{Name: "validation-split", Usage: "validate with the last share `F` of the training examples, 0 to 1", DefaultText: "the recipe's"},
		&cli.StringFlag{Name: "validation", Usage: "validate with the `SET` test, or none", DefaultText: "the recipe's"},
		&cli.BoolFlag{Name: "validation-random", Usage: "take the validation split at random, by the seed, instead of from the end"},
		&cli.BoolFlag{Name: "shuffle", Value: true, Usage: "take the examples in a new order in each epoch"},
		&cli.BoolFlag{Name: "no-dropout", Usage: "train without the network's dropout layers"},
		&cli.IntFlag{Name: "early-stopping", Usage: "stop after `N` epochs without a better validation loss", DefaultText: "never"},
	}
}

// checkpointFlags say how a run is kept.
func checkpointFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "resume", Usage: "go on with the run in --out where it stopped; begin it if it has no checkpoint yet"},
		&cli.IntFlag{Name: "checkpoint-every", Value: 1, Usage: "write a checkpoint every `N` epochs, and after each that is the best so far"},
		&cli.Float64Flag{Name: "checkpoint-minutes", Usage: "write one every `M` minutes within long epochs, too", DefaultText: "never"},
		&cli.IntFlag{Name: "keep", Value: 2, Usage: "keep the last `N` checkpoints, beside the best"},
		&cli.BoolFlag{Name: "tensorboard", Usage: "write each epoch's numbers and the graph for TensorBoard, in the run's folder"},
		&cli.BoolFlag{Name: "tensorboard-histograms", Usage: "write a histogram of each weight after each epoch, too"},
	}
}
