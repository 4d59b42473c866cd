package graphs

import (
	"errors"
	"fmt"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// JIT says whether XLA compiles the graph. On a CPU TensorFlow also wants
// --tf_xla_cpu_global_jit in the environment's TF_XLA_FLAGS, which it reads once
// in a process.
type JIT string

// The settings of JIT. The zero value is AutoJIT.
const (
	AutoJIT JIT = ""    // on a GPU, where it pays, unless runs have to be the same
	JITOn   JIT = "on"  // on any device
	JITOff  JIT = "off" // nowhere
)

// UsesJIT says whether XLA compiles the graph of a program with these options.
func (o Options) UsesJIT() bool {
	return o.JIT == JITOn || o.JIT != JITOff && !o.Deterministic && !o.Device.OnCPU()
}

// JIT says whether XLA compiles the program. Where Options leave that open and XLA
// cannot compile for the GPU, failed says why.
func (p *Program) JIT() (used bool, failed error) { return p.options.UsesJIT(), p.noJIT }

// tryJIT starts XLA, and does without it where it was not asked for by name.
func (p *Program) tryJIT(settings *tf.SessionOptions) (*tf.SessionOptions, error) {
	err := startJIT(settings)
	if err == nil || p.options.JIT == JITOn {
		return settings, err
	}
	p.options.JIT, p.noJIT = JITOff, err
	return p.options.sessionOptions()
}

// rootCause is the first line of what TensorFlow gives as the cause. After it come
// operations of the graph; before it, where several operations failed for it, is
// their number. Where it looked for a program it names all folders.
func rootCause(err error) string {
	message := err.Error()
	if _, first, several := strings.Cut(message, "(0) "); several {
		message = first
	}
	message, _, _ = strings.Cut(message, "\n")
	message, _, _ = strings.Cut(message, " The following locations")
	return strings.TrimSuffix(message, ".")
}

// startJIT lets XLA compile a few operations. It then says when a program is
// compiled, and not in the middle of its first step, what it has to say at the
// first compilation of a process, or that it lacks something on this machine:
// for a GPU it needs ptxas, and for an exponential CUDA's libdevice. TensorFlow
// keeps some settings of a process's first session for all others: this one has
// the program's.
func startJIT(settings *tf.SessionOptions) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("graphs: XLA: %s", rootCause(err))
		}
	}()
	s := op.NewScope()
	x := op.Placeholder(s, tf.Float)
	sum := op.Exp(s, x)
	for _, name := range []string{"a", "b", "c", "d", "e"} { // XLA leaves smaller clusters alone
		sum = op.AddV2(s.SubScope(name), sum, x)
	}
	graph, err := s.Finalize()
	if err != nil {
		return err
	}
	session, err := tf.NewSession(graph, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	one, err := tf.NewTensor([]float32{1})
	if err != nil {
		return err
	}
	_, err = session.Run(map[tf.Output]*tf.Tensor{x: one}, []tf.Output{sum}, nil)
	return err
}
