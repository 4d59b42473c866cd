package experiment

import (
	"errors"
	"os"
	"strings"

	"github.com/tflab/tflab/graphs"
)

// PrepareTensorFlow sets the environment variables that TensorFlow reads when it opens
// a session, unless the user has set them.
func PrepareTensorFlow(o graphs.Options) error {
	// Each session gets its own threads. Otherwise all sessions share the threads of
	// the process's first one, and the networks of a lab depend on which one that is.
	if err := setDefault("TF_OVERRIDE_GLOBAL_THREADPOOL", "1"); err != nil {
		return err
	}
	if !o.Device.OnCPU() {
		// Otherwise TensorFlow waits for the GPU at the end of each step. A step
		// fetches nothing, so the next step can be launched while the GPU is still
		// busy.
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

// allowJIT sets the flags of XLA, once per process. They make XLA compile a batch of
// another size at once, rather than at its second occurrence, and compile for the CPU
// as well, which is off by default. On a GPU they disable the search for the fastest of
// XLA's own matrix kernels (Triton), which takes many seconds at the first step of a
// network: the products use cuBLAS.
func allowJIT(onCPU bool) error {
	if onCPU {
		return addFlags("TF_XLA_FLAGS", "--tf_xla_enable_lazy_compilation=false", "--tf_xla_cpu_global_jit")
	}
	return errors.Join(addFlags("TF_XLA_FLAGS", "--tf_xla_enable_lazy_compilation=false"),
		addFlags("XLA_FLAGS", "--xla_gpu_enable_triton_gemm=false"))
}

// addFlags adds flags to an environment variable. Flags that the variable has already
// stay unchanged.
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
