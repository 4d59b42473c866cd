package graphs

import (
	"errors"
	"fmt"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// JIT says whether XLA compiles the graph. On a CPU TensorFlow also requires
// --tf_xla_cpu_global_jit in the environment variable TF_XLA_FLAGS, which it reads once
// per process.
type JIT string

// The settings of JIT. The zero value is AutoJIT.
const (
	AutoJIT JIT = ""    // on a GPU, where it is faster, unless runs must be reproducible
	JITOn   JIT = "on"  // on any device
	JITOff  JIT = "off" // never
)

// UsesJIT reports whether XLA compiles the graph of a program with these options.
func (o Options) UsesJIT() bool {
	return o.JIT == JITOn || o.JIT != JITOff && !o.Deterministic && !o.Device.OnCPU()
}

// JIT reports whether XLA compiles the program. If the Options leave this open and XLA
// cannot compile for the GPU, failed is the reason.
func (p *Program) JIT() (used bool, failed error) { return p.options.UsesJIT(), p.noJIT }

// tryJIT starts XLA. If XLA fails and was not requested explicitly, the program runs
// without it.
func (p *Program) tryJIT(settings *tf.SessionOptions) (*tf.SessionOptions, error) {
	err := startJIT(settings)
	if err == nil || p.options.JIT == JITOn {
		return settings, err
	}
	p.options.JIT, p.noJIT = JITOff, err
	return p.options.sessionOptions()
}

// rootCause returns the first line of the cause in an error of TensorFlow. The cause is
// followed by a list of operations and, if several operations failed, preceded by their
// number. If a program was not found, it lists all folders.
func rootCause(err error) string {
	message := err.Error()
	if _, first, several := strings.Cut(message, "(0) "); several {
		message = first
	}
	message, _, _ = strings.Cut(message, "\n")
	message, _, _ = strings.Cut(message, " The following locations")
	return strings.TrimSuffix(message, ".")
}

// startJIT compiles a few operations with XLA. Messages that XLA prints at its first
// compilation then appear when a program is compiled and not during its first step, and
// so do errors about missing components: for a GPU XLA needs ptxas and, for an
// exponential, CUDA's libdevice. Some settings of a process's first session apply to
// all later ones, so this session has the program's settings.
func startJIT(settings *tf.SessionOptions) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("graphs: XLA: %s", rootCause(err))
		}
	}()
	s := op.NewScope()
	x := op.Placeholder(s, tf.Float)
	sum := op.Exp(s, x)
	for _, name := range []string{"a", "b", "c", "d", "e"} { // XLA does not compile smaller clusters
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
