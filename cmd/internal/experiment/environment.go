package experiment

import (
	"errors"
	"os"
	"strings"

	"github.com/tflab/tflab/graphs"
)

// PrepareTensorFlow sets what TensorFlow reads from the environment when it opens
// a session, unless it is set already.
func PrepareTensorFlow(o graphs.Options) error {
	// Each session gets threads of its own. TensorFlow would give it those of the
	// process's first one: the networks of a lab would depend on which one it was.
	if err := setDefault("TF_OVERRIDE_GLOBAL_THREADPOOL", "1"); err != nil {
		return err
	}
	if !o.Device.OnCPU() {
		// TensorFlow would wait for the GPU at the end of each step. Nothing is fetched
		// there: the next step can be launched while the GPU is still busy with it.
		if err := setDefault("TF_SYNC_ON_FINISH", "false"); err != nil {
			return err
		}
		if o.Deterministic {
			if err := setDefault("TF_DETERMINISTIC_OPS", "1"); err != nil {
				return err
			}
		}
	}
	if o.UsesJIT() {
		return allowJIT(o.Device.OnCPU())
	}
	return nil
}

func setDefault(variable, value string) error {
	if os.Getenv(variable) != "" {
		return nil
	}
	return os.Setenv(variable, value)
}

// allowJIT says to XLA what it asks the environment for, once in a process. It
// compiles a batch of another size at once, and not when it comes for the second
// time; and for the CPU, too, which it leaves alone unless it is told. On a GPU
// it does not look for the fastest of its own kernels for products (Triton's),
// which takes many seconds at the first step of a network: the products are
// cuBLAS's.
func allowJIT(onCPU bool) error {
	if onCPU {
		return addFlags("TF_XLA_FLAGS", "--tf_xla_enable_lazy_compilation=false", "--tf_xla_cpu_global_jit")
	}
	return errors.Join(addFlags("TF_XLA_FLAGS", "--tf_xla_enable_lazy_compilation=false"),
		addFlags("XLA_FLAGS", "--xla_gpu_enable_triton_gemm=false"))
}

// addFlags adds flags to an environment variable. What it says of one already
// stays.
func addFlags(variable string, flags ...string) error {
	given := os.Getenv(variable)
	for _, flag := range flags {
		name, _, _ := strings.Cut(flag, "=")
		if !strings.Contains(given, name) {
			given += " " + flag
		}
	}
	return os.Setenv(variable, strings.TrimSpace(given))
}
