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

// Options are the settings of Compile. The zero value compiles a model for inference on
// a GPU, if TensorFlow can use one, or else on the CPU.
type Options struct {
	Optimizer optim.Optimizer // nil means no training
	Schedule  optim.Schedule  // nil means the optimizer's constant rate
	Loss      Loss            // the zero value is the cross-entropy
	Precision Precision       // "" is Float32
	Seed      int64           // for the initial weights and dropout
	Device    Device          // "" means auto: a GPU, or else the CPU
	// MemoryLimit is the maximum number of bytes of images in the graph, which are on
	// the GPU if there is one. Larger data sets stream through the graph, with the same
	// results. 0 means no limit.
	MemoryLimit int64
	// Threads is the number of threads in an operation and between operations; 0 means
	// one per core. TensorFlow creates the threads in an operation once, for the first
	// program of a process, and uses them for all others, unless the environment
	// variable TF_OVERRIDE_GLOBAL_THREADPOOL is 1.
	Threads int
	// Replicas is the number of copies of the model that share each batch. On a CPU each
	// has a part of the threads; on GPUs each has all variables and a GPU of its own,
	// beginning with Device. The results are equal up to rounding. 0 means 1.
	Replicas int
	// BatchSize is the expected number of examples in a batch. On a GPU and with XLA,
	// each size has its own step: Compile builds the step for this size, and
	// Stage.Begin builds others when they are first needed. 0 means 128.
	BatchSize int
	// JIT says whether XLA compiles the supported parts of the graph, at the first step
	// of each batch size.
	JIT JIT
	// Cluster describes the workers that train instead of this process.
	Cluster Cluster
	// Deterministic makes runs with the same seed reproducible to the bit on a GPU,
	// provided that the environment variable TF_DETERMINISTIC_OPS is 1, which
	// TensorFlow reads once per process. On a CPU, runs are always reproducible.
	Deterministic bool
	// Traced lets Program.Trace record steps. On a CPU TensorFlow then uses its default
	// executor, which passes small operations to other threads; the results are the
	// same.
	Traced bool
}

// onlyDeterministic reports whether operations without a deterministic kernel must be
// replaced by others.
func (o Options) onlyDeterministic() bool { return o.Deterministic && !o.Device.OnCPU() }

// defaultBatch is the default of Options.BatchSize.
const defaultBatch = 128

// static reports whether each batch size has its own step.
func (o Options) static() bool {
	return !o.Cluster.used() && (o.UsesJIT() || !o.Device.OnCPU())
}

// sessionOptions returns the options of a session.
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

// config returns the options as a ConfigProto.
func (o Options) config() (*for_core_protos_go_proto.ConfigProto, error) {
	gpu, err := o.Device.index()
	if err != nil {
		return nil, err
	}
	onCPU := o.Device == CPU // Compile has resolved the device
	config := &for_core_protos_go_proto.ConfigProto{
		AllowSoftPlacement:        true, // the index queue is on the CPU by design
		IntraOpParallelismThreads: int32(o.threadsOfReplica()),
		InterOpParallelismThreads: int32(o.Threads),
		GpuOptions:                &for_core_protos_go_proto.GPUOptions{AllowGrowth: true},
	}
	if onCPU { // TensorFlow must not see a GPU: the executor below would wait for it forever
		config.DeviceCount = map[string]int32{"GPU": 0}
	}
	if o.UsesJIT() {
		config.GraphOptions = &for_core_protos_go_proto.GraphOptions{OptimizerOptions: &for_core_protos_go_proto.OptimizerOptions{
			GlobalJitLevel: for_core_protos_go_proto.OptimizerOptions_ON_2}}
	}
	if gpu >= 0 {
		config.GpuOptions.VisibleDeviceList = strconv.Itoa(gpu)
		for i := 1; i < o.Replicas; i++ {
			config.GpuOptions.VisibleDeviceList += "," + strconv.Itoa(gpu+i)
		}
	}
	if onCPU {
		config.Experimental = &for_core_protos_go_proto.ConfigProto_Experimental{ExecutorType: o.executor()}
	}
	return config, nil
}

// threadsOfReplica returns the number of threads for one operation; 0 means one per
// core.
func (o Options) threadsOfReplica() int {
	if o.Replicas <= 1 || o.Device != CPU {
		return o.Threads
	}
	return max(1, cmp.Or(o.Threads, runtime.NumCPU())/o.Replicas)
}

// executor returns the name of TensorFlow's executor. On the CPU a single thread is
// fastest: the networks are chains whose operations use all cores internally, and
// passing a small operation to another thread costs more than running it. Each replica
// needs its own thread. The conditional operations of loss scaling and around XLA's
// clusters need the default executor, and only the default executor records operations.
func (o Options) executor() string {
	if o.Precision == MixedFloat16 || o.UsesJIT() || o.Replicas > 1 || o.Traced {
		return ""
	}
	return "SINGLE_THREADED_EXECUTOR"
}
