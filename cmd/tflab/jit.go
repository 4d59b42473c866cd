package main

import (
	"os"
	"strings"
)

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
