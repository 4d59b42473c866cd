package main

import (
	"os"
	"strings"

	"github.com/tflab/tflab/graphs"
)

// prepareTensorFlow sets what TensorFlow reads from the environment when it opens
// a session, unless it is set already.
func prepareTensorFlow(o graphs.Options) error {
	// Each session gets threads of its own. TensorFlow would give it those of the
	// process's first one: the networks of a lab would depend on which one it was.
	const own = "TF_OVERRIDE_GLOBAL_THREADPOOL"
	if os.Getenv(own) == "" {
		if err := os.Setenv(own, "1"); err != nil {
			return err
		}
	}
	if o.JIT {
		return allowJIT()
	}
	return nil
}

// allowJIT lets XLA compile for the CPU, too: it leaves it alone unless this is
// in the environment when it is first asked. It also compiles a batch of another
// size at once, and not when it comes for the second time.
func allowJIT() error {
	const flags, cpu = "TF_XLA_FLAGS", "--tf_xla_cpu_global_jit"
	given := os.Getenv(flags)
	if strings.Contains(given, cpu) {
		return nil
	}
	return os.Setenv(flags, strings.TrimSpace(given+" "+cpu+" --tf_xla_enable_lazy_compilation=false"))
}
