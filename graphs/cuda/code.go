package cuda

import (
	"errors"
	"fmt"
)

// Code is an error of the NVIDIA driver or of the CUDA runtime.
type Code int

// Codes that this package asks for.
const (
	noDevice           Code = 100
	insufficientDriver Code = 35
)

var errHangs = fmt.Errorf("the NVIDIA driver hangs: cuInit did not return within %v: restart the machine", initLimit)

// meaning is a code in words: CUDA's name, what is wrong, and what to do.
type meaning struct{ name, wrong, remedy string }

// meanings are the codes that come when a GPU cannot be used. The names are those
// of cuda.h, or of driver_types.h where the runtime alone has the code.
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
		return meaning{"CUDA_ERROR_NO_DEVICE", "the driver finds no GPU", "see whether nvidia-smi lists one (a container wants '--gpus all')"}
	case 101:
		return meaning{"CUDA_ERROR_INVALID_DEVICE", "the driver has no GPU of that number", "see which nvidia-smi lists"}
	case 102:
		return meaning{"CUDA_ERROR_DEVICE_NOT_LICENSED", "the virtual GPU has no licence", "see 'nvidia-smi -q' for its licence"}
	case 303:
		return meaning{"CUDA_ERROR_SHARED_OBJECT_INIT_FAILED", "the driver's library cannot be loaded", "install the NVIDIA driver anew"}
	case 304:
		return meaning{"CUDA_ERROR_OPERATING_SYSTEM", "the system refuses what the driver wants", "see who may use /dev/nvidia* and what dmesg says"}
	case 802:
		return meaning{"CUDA_ERROR_SYSTEM_NOT_READY", "the GPUs are not ready, as where the fabric manager does not run", "start nvidia-fabricmanager"}
	case 803:
		return meaning{"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "the kernel module and the libraries of the NVIDIA driver are of two versions, as after an update", "restart the machine"}
	case 804:
		return meaning{"CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", "CUDA's compatibility libraries do not serve this GPU", "remove the folder 'compat' of CUDA from LD_LIBRARY_PATH, or update the driver"}
	case 999:
		return meaning{"CUDA_ERROR_UNKNOWN", "the driver does not start, as after the machine slept or without its kernel module", "run 'sudo nvidia-modprobe -u', or restart the machine"}
	}
	return meaning{name: "an error without a name here", wrong: "the driver does not start", remedy: "see what nvidia-smi says"}
}

// Error implements error: the code, its name and what is wrong.
func (c Code) Error() string {
	m := c.meaning()
	return fmt.Sprintf("%s (%s, %d): %s", m.wrong, m.name, int(c), m.remedy)
}

// failed says which call failed, and how.
func failed(call string, err error) error {
	var code Code
	if errors.As(err, &code) {
		return fmt.Errorf("%s failed: %w", call, err)
	}
	return err
}
