package graphs

import (
	"cmp"
	"fmt"
	"runtime"
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"google.golang.org/protobuf/proto"

	"github.com/tflab/tflab/graphs/optim"
)

// Options are the settings of Compile. The zero value compiles a model for
// inference on whatever device TensorFlow finds.
type Options struct {
	Optimizer optim.Optimizer // nil: no training
	Schedule  optim.Schedule  // nil: the optimizer's rate stays
	Loss      Loss            // the zero value is the cross-entropy
	Precision Precision       // "" is Float32
	Seed      int64           // of the initial weights and of dropout
	Device    Device          // "" is auto: a GPU, or else the CPU
	// MemoryLimit is how many bytes of images may lie in the graph, on the GPU
	// where there is one: larger data sets stream through it, with the same
	// numbers. 0 is no limit.
	MemoryLimit int64
	// Threads is how many there are for one operation and between operations; 0:
	// one for each core. TensorFlow makes those for one operation once, for the first
	// program of a process and all others, unless TF_OVERRIDE_GLOBAL_THREADPOOL is
	// set to 1 in the environment.
	Threads int
	// Replicas is how many copies of the model share the work of a batch on one
	// CPU, a part of the batch and of the threads each, with the same numbers to
	// rounding. 0 or 1: one.
	Replicas int
	// BatchSize is how many examples are expected in a batch. On a GPU and with XLA
	// a step is built for one size: that for this size when the program is compiled,
	// those for others when Stage.Begin first asks for them. 0: 128.
	BatchSize int
	// JIT says whether XLA compiles what it can of the graph, at the first step for
	// each size of batch.
	JIT JIT
	// Cluster are the workers that train together, instead of this process.
	Cluster Cluster
	// Deterministic makes two runs of a seed the same on a GPU, to the last bit, where
	// TF_DETERMINISTIC_OPS is 1 in the environment too, which TensorFlow reads once in
	// a process. On a CPU they are the same without it.
	Deterministic bool
	// Traced lets Program.Trace record steps. On a CPU TensorFlow then takes its default
	// executor, which hands small operations to other threads; the numbers are the same.
	Traced bool
}

// onlyDeterministic says whether operations without a deterministic kernel have to
// be replaced by others.
func (o Options) onlyDeterministic() bool { return o.Deterministic && !o.Device.OnCPU() }

// defaultBatch is the batch size that is expected where none is named.
const defaultBatch = 128

// static says whether each size of batch has a step of its own.
func (o Options) static() bool {
	return !o.Cluster.used() && (o.UsesJIT() || !o.Device.OnCPU())
}

// sessionOptions are the options of a session.
func (o Options) sessionOptions() (*tf.SessionOptions, error) {
	config, err := o.config()
	if err != nil {
		return nil, err
	}
	raw, err := proto.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("graphs: session options: %w", err)
	}
	return &tf.SessionOptions{Config: raw}, nil
}

// config are the options as TensorFlow has them.
func (o Options) config() (*for_core_protos_go_proto.ConfigProto, error) {
	gpu, err := o.Device.index()
	if err != nil {
		return nil, err
	}
	onCPU := o.Device == CPU // Compile has settled it
	if o.Replicas > 1 && !onCPU {
		return nil, fmt.Errorf("graphs: %d replicas on a GPU: they share a CPU's cores, so want one, or the CPU as the device", o.Replicas)
	}
	config := &for_core_protos_go_proto.ConfigProto{
		AllowSoftPlacement:        true, // the index queue is on the CPU by design
		IntraOpParallelismThreads: int32(o.threadsOfReplica()),
		InterOpParallelismThreads: int32(o.Threads),
		GpuOptions:                &for_core_protos_go_proto.GPUOptions{AllowGrowth: true},
	}
	if onCPU { // TensorFlow has to see no GPU either: the executor below waits for one for ever
		config.DeviceCount = map[string]int32{"GPU": 0}
	}
	if o.UsesJIT() {
		config.GraphOptions = &for_core_protos_go_proto.GraphOptions{OptimizerOptions: &for_core_protos_go_proto.OptimizerOptions{
			GlobalJitLevel: for_core_protos_go_proto.OptimizerOptions_ON_2}}
	}
	if gpu >= 0 {
		config.GpuOptions.VisibleDeviceList = strconv.Itoa(gpu)
	}
	if onCPU {
		config.Experimental = &for_core_protos_go_proto.ConfigProto_Experimental{ExecutorType: o.executor()}
	}
	return config, nil
}

// threadsOfReplica are those that one operation may use; 0: one for each core.
func (o Options) threadsOfReplica() int {
	if o.Replicas <= 1 {
		return o.Threads
	}
	return max(1, cmp.Or(o.Threads, runtime.NumCPU())/o.Replicas)
}

// executor is how TensorFlow goes through the graph. On the CPU one thread is
// quickest: the networks are chains, whose operations are spread over the cores
// within, and to hand a small one to another thread costs more than to run it.
// Replicas want a thread each; the conditions of loss scaling and those around
// what XLA compiles need the default, and only the default records what it does.
func (o Options) executor() string {
	if o.Precision == MixedFloat16 || o.UsesJIT() || o.Replicas > 1 || o.Traced {
		return ""
	}
	return "SINGLE_THREADED_EXECUTOR"
}
