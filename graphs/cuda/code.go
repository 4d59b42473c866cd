package cuda

import (
	"errors"
	"fmt"
)

// Code is an error of the NVIDIA driver or of the CUDA runtime.
type Code int

// The codes that this package tests for.
const (
	noDevice           Code = 100
	insufficientDriver Code = 35
)

var errHangs = fmt.Errorf("the NVIDIA driver hangs: cuInit did not return within %v; restart the machine", initLimit)

// meaning explains a code: CUDA's name, what is wrong, and what to do.
type meaning struct{ name, wrong, remedy string }

// meaning returns the explanation of the codes that occur when a GPU cannot be used.
// The names are those of cuda.h, or of driver_types.h if only the runtime has the code.
func (c Code) meaning() meaning {
	switch c {
	case 2:
		return meaning{"CUDA_ERROR_OUT_OF_MEMORY", "the GPU's memory is in use", "end the other programs on the GPU (nvidia-smi lists them)"}
	case 34:
		return meaning{"CUDA_ERROR_STUB_LIBRARY", "libcuda.so.1 is the stub of the CUDA toolkit and not the driver's", "remove the folder 'stubs' from LD_LIBRARY_PATH"}
	case insufficientDriver:
		return meaning{"cudaErrorInsufficientDriver", "the NVIDIA driver is too old for this TensorFlow's CUDA", "update the driver"}
	case 46:
		return meaning{"CUDA_ERROR_DEVICE_UNAVAILABLE", "the GPU is in use by another program in exclusive mode", "end that program, or run 'sudo nvidia-smi -c DEFAULT'"}
	case noDevice:
		return meaning{"CUDA_ERROR_NO_DEVICE", "the driver finds no GPU", "see whether nvidia-smi lists one (a container needs '--gpus all')"}
	case 101:
		return meaning{"CUDA_ERROR_INVALID_DEVICE", "the driver has no GPU of that number", "choose one that nvidia-smi lists"}
	case 102:
		return meaning{"CUDA_ERROR_DEVICE_NOT_LICENSED", "the virtual GPU has no licence", "see 'nvidia-smi -q' for its licence"}
	case 303:
		return meaning{"CUDA_ERROR_SHARED_OBJECT_INIT_FAILED", "the driver's library cannot be loaded", "install the NVIDIA driver anew"}
	case 304:
		return meaning{"CUDA_ERROR_OPERATING_SYSTEM", "the system refuses an operation of the driver", "check the permissions of /dev/nvidia* and the output of dmesg"}
	case 802:
		return meaning{"CUDA_ERROR_SYSTEM_NOT_READY", "the GPUs are not ready, for example because the fabric manager is not running", "start nvidia-fabricmanager"}
	case 803:
		return meaning{"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "the kernel module and the libraries of the NVIDIA driver have different versions, for example after an update", "restart the machine"}
	case 804:
		return meaning{"CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", "CUDA's compatibility libraries do not support this GPU", "remove CUDA's folder 'compat' from LD_LIBRARY_PATH, or update the driver"}
	case 999:
		return meaning{"CUDA_ERROR_UNKNOWN", "the driver does not start, for example after the machine was suspended or without its kernel module", "run 'sudo nvidia-modprobe -u', or restart the machine"}
	}
	return meaning{name: "an unknown error", wrong: "the driver does not start", remedy: "look at the output of nvidia-smi"}
}

// Error returns the code, its name and what is wrong.
func (c Code) Error() string {
	m := c.meaning()
	return fmt.Sprintf("%s (%s, %d): %s", m.wrong, m.name, int(c), m.remedy)
}

// failed returns an error that names the failed call.
func failed(call string, err error) error {
	var code Code
	if errors.As(err, &code) {
		return fmt.Errorf("%s failed: %w", call, err)
	}
	return err
}
