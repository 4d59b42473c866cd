package settings

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/optim"
)

// Setting describes one setting.
type Setting struct {
	Flag    string
	Group   Group
	Help    string // the name of the flag's value is in backquotes
	Default string // description for the help; if "", the default is the value in Values
	Env     string // environment variable that sets the value, too
	Value   any    // pointer into Values: *bool, a number, a string or a flag.Value

	Want  string      // description of the valid values; "" if all are valid
	Valid func() bool // reports whether the present value is valid

	// Key and Effect define what a resumed run may change. Without them, a resumed run
	// cannot change a recorded setting.
	Key    string // key in config.json, such as "recipe.epochs"
	Effect Effect
}

// Effect is the effect of a changed setting on a resumed run.
type Effect int

// The effects of a change.
const (
	AnotherRun Effect = iota // the run cannot be resumed
	Rounding                 // the numbers differ by rounding
	ByDevice                 // Rounding on another device, whose default may differ; else AnotherRun
	None                     // the numbers are the same
)

// Group names settings that a command takes together.
type Group string

// The groups.
const (
	Data    Group = "what to train on"
	Method  Group = "how to train"
	Keeping Group = "what to leave behind"
	Machine Group = "where to train"
)

// Limits of the machine settings.
const (
	maxThreads    = 1024 // TensorFlow starts any number of threads, and hangs if the system refuses more
	MaxReplicas   = 64   // more replicas do not help with any batch size
	minutesInWeek = 7 * 24 * 60
)

// Table returns all settings, in the order of a command's help. The settings point to
// the fields of v.
func (v *Values) Table() []Setting {
	return slices.Concat(v.data(), v.method(), v.keeping(), v.machine())
}

func (v *Values) data() []Setting {
	return []Setting{
		{Flag: "data", Group: Data, Value: &v.DataDir, Env: "TFLAB_DATA", Help: "search `DIR` for the data sets, before Keras's cache and tflab's"},
		{Flag: "dataset", Group: Data, Value: &v.Dataset, Default: "the network's own",
			Help: "use data set `NAME`: mnist, cifar10, sample-mnist, sample-cifar10 or a folder of images"},
	}
}

func (v *Values) method() []Setting {
	r := &v.Recipe
	return []Setting{
		{Flag: "limit", Group: Method, Value: &v.Limit, Default: "all", Help: "train on the first `N` training examples only",
			Want: "1 or more", Valid: positive(&v.Limit)},
		{Flag: "epochs", Group: Method, Value: &r.Epochs, Default: "the recipe's", Help: "train for `N` epochs",
			Want: "1 or more", Valid: positive(&r.Epochs), Key: "recipe.epochs", Effect: None}, // a run may be extended
		{Flag: "batch-size", Group: Method, Value: &r.BatchSize, Default: "the recipe's", Help: "use batches of `N` examples",
			Want: "1 or more", Valid: positive(&r.BatchSize)},
		{Flag: "optimizer", Group: Method, Value: optimizerName{r}, Default: "the recipe's", Help: "use the optimizer `NAME`: " + strings.Join(optim.Names(), ", ")},
		{Flag: "learning-rate", Group: Method, Value: &r.LearningRate, Default: "the recipe's, or Keras's for the optimizer", Help: "start with the learning rate `LR`",
			Want: "more than 0", Valid: func() bool { return r.LearningRate > 0 }},
		{Flag: "decay", Group: Method, Value: &r.Decay, Default: "the recipe's", Help: "divide the learning rate by 1+`D`*steps",
			Want: "0 or more", Valid: func() bool { return r.Decay >= 0 && !math.IsInf(r.Decay, 1) }},
		{Flag: "precision", Group: Method, Value: &v.Precision, Help: "compute the layers in `TYPE`: float32, mixed_bfloat16 or mixed_float16",
			Want: "float32, mixed_bfloat16 or mixed_float16", Valid: func() bool { return parsed(graphs.ParsePrecision(string(v.Precision))) }},
		{Flag: "semantics", Group: Method, Value: &v.Semantics, Help: "use the optimizer formulas of `VERSION`: keras3 or keras2"},
		{Flag: "validation-split", Group: Method, Value: share{r}, Default: "the recipe's", Help: "validate with the last fraction `F` of the training examples, 0 to 1",
			Want: "0 to 1, 1 excluded", Valid: func() bool { return r.ValidationSplit >= 0 && r.ValidationSplit < 1 }},
		{Flag: "validation", Group: Method, Value: source{r}, Default: "the recipe's", Help: "validate with `SET`: test or none", Want: "test or none"},
		{Flag: "validation-random", Group: Method, Value: random{r}, Help: "choose the validation split at random, by the seed, instead of from the end"},
		{Flag: "shuffle", Group: Method, Value: &r.Shuffle, Help: "shuffle the examples anew in each epoch"},
		{Flag: "no-dropout", Group: Method, Value: not{&r.Dropout}, Help: "train without the network's dropout, noise and augmentation layers"},
		{Flag: "early-stopping", Group: Method, Value: &r.EarlyStopping, Default: "never", Help: "stop after `N` epochs without improvement of the validation loss",
			Want: "1 or more", Valid: positive(&r.EarlyStopping)},
		{Flag: "seed", Group: Method, Value: &v.Seed, Help: "derive initial weights, order and dropout from the seed `N`"},
		// Files are compared by content, not by path.
		{Flag: "initial-weights", Group: Method, Value: &v.InitialWeights, Help: "start with the weights in `FILE`: an .npz of tflab init or of a run, or Keras's .keras, .weights.h5 or .h5",
			Key: "initial_weights", Effect: None},
		{Flag: "order", Group: Method, Value: &r.Order, Help: "take the training examples in the order of `FILE.npy`, one row per epoch, instead of shuffling them",
			Key: "recipe.order", Effect: None},
	}
}

func (v *Values) keeping() []Setting {
	return []Setting{
		{Flag: "out", Group: Keeping, Value: &v.Out, Default: "runs/NETWORK-TIME", Help: "write the run to the folder `DIR`"},
		{Flag: "verbose", Group: Keeping, Value: &v.Verbose, Help: "show progress on stderr at `LEVEL`: 0 none, 1 a bar, 2 one line per epoch",
			Want: "0, 1 or 2", Valid: func() bool { return v.Verbose >= 0 && v.Verbose <= 2 }},
		{Flag: "resume", Group: Keeping, Value: &v.Resume, Help: "resume the run in --out where it stopped; start it if it has no checkpoint yet"},
		{Flag: "checkpoint-every", Group: Keeping, Value: &v.CheckpointEvery, Help: "write a checkpoint every `N` epochs, and after each best epoch",
			Want: "1 or more", Valid: positive(&v.CheckpointEvery)},
		{Flag: "checkpoint-minutes", Group: Keeping, Value: &v.CheckpointMinutes, Default: "never", Help: "write checkpoints within long epochs, too, every `M` minutes",
			Want: fmt.Sprintf("more than 0, at most %d", minutesInWeek), Valid: func() bool { return v.CheckpointMinutes > 0 && v.CheckpointMinutes <= minutesInWeek }},
		{Flag: "keep", Group: Keeping, Value: &v.Keep, Help: "keep the last `N` checkpoints, besides the best",
			Want: "1 or more", Valid: positive(&v.Keep)},
		{Flag: "tensorboard", Group: Keeping, Value: &v.TensorBoard, Help: "write each epoch's numbers and the graph for TensorBoard to the run's folder"},
		{Flag: "tensorboard-histograms", Group: Keeping, Value: &v.Histograms, Help: "write histograms of the weights after each epoch, too"},
		{Flag: "profile", Group: Keeping, Value: &v.Profile, Help: "record some training steps after a warm-up, and leave the trace and a table of the operations in the folder `DIR`"},
	}
}

func (v *Values) machine() []Setting {
	return []Setting{
		{Flag: "device", Group: Machine, Value: &v.Device, Help: "run on `DEVICE`: auto, cpu, gpu or gpu:N",
			Want: "auto, cpu, gpu or gpu:N", Valid: func() bool { return parsed(graphs.ParseDevice(string(v.Device))) }},
		{Flag: "threads", Group: Machine, Value: &v.Threads, Default: fmt.Sprint(runtime.NumCPU()), Help: "use `N` threads",
			Want: fmt.Sprintf("0 (one for each core) to %d", maxThreads), Valid: func() bool { return v.Threads >= 0 && v.Threads <= maxThreads },
			Key: "threads", Effect: Rounding},
		{Flag: "memory-limit", Group: Machine, Value: &v.MemoryLimit, Default: "none", Help: "stream data sets larger than `SIZE`, such as 500M or 2G, instead of keeping them on the device",
			Want: "a number of bytes, with suffix K, M or G for powers of 1024"},
		{Flag: "replicas", Group: Machine, Value: &v.Replicas, Default: "2 for a CNN on two threads of a CPU, else 1", Help: "let `N` copies of the network share each batch: on the threads of the CPU, or on a GPU each, from --device on",
			Want: fmt.Sprintf("1 to %d", MaxReplicas), Valid: func() bool { return v.Replicas >= 1 && v.Replicas <= MaxReplicas },
			Key: "replicas", Effect: Rounding},
		{Flag: "cluster", Group: Machine, Value: &v.Cluster, Help: "compute on the workers at `HOST:PORT,...`, each started with tflab worker",
			Want: "HOST:PORT of each worker, separated by commas", Valid: v.Cluster.valid, Key: "cluster", Effect: Rounding},
		{Flag: "reduce", Group: Machine, Value: &v.Reduce, Default: "auto", Help: "sum the workers' gradients by `WAY` all (each worker sums all of them), sharded (each sums a part) or auto",
			Want: "auto, all or sharded", Valid: func() bool { return parsed(graphs.ParseReduction(string(v.Reduce))) }, Key: "reduce", Effect: None},
		{Flag: "worker-timeout", Group: Machine, Value: duration{&v.WorkerTimeout}, Help: "treat a worker that has not answered for `TIME` as lost",
			Want: "100ms to 1h", Valid: func() bool { return v.WorkerTimeout >= 100*time.Millisecond && v.WorkerTimeout <= time.Hour }},
		{Flag: "elastic", Group: Machine, Value: &v.Elastic, Help: "if a worker is lost, go on with those that answer instead of waiting for it"},
		{Flag: "jit", Group: Machine, Value: jit{&v.JIT}, Default: "on a GPU", Help: "compile the graph with XLA, once for each batch size",
			Key: "jit", Effect: ByDevice},
		{Flag: "deterministic", Group: Machine, Value: &v.Deterministic, Help: "compute the same bits in every run of a seed, on a GPU as well; slower",
			Key: "deterministic", Effect: Rounding},
		{Flag: "tf32", Group: Machine, Value: tf32{&v.TF32}, Default: "true", Help: "let a GPU (Ampere and newer) compute float32 products and convolutions in TF32, with a mantissa of 10 bits instead of 23",
			Key: "tf32", Effect: Rounding},
		{Flag: "tf-log", Group: Machine, Value: &v.TFLog, Help: "show TensorFlow's log lines"},
	}
}

func positive(n *int) func() bool { return func() bool { return *n >= 1 } }

func parsed[T any](_ T, err error) bool { return err == nil }
