package cuda

/*
#cgo LDFLAGS: -ldl -lpthread
#include <stdlib.h>
#include "driver.h"
*/
import "C"

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
	"unsafe"
)

// driverLibrary is the file name that TensorFlow opens, too.
const driverLibrary = "libcuda.so.1"

// initLimit is the time limit of cuInit, which starts the driver unless it is running
// already. This takes up to 3 seconds on a machine with many GPUs.
const initLimit = 5 * time.Second

// The queried attributes of a device: CUdevice_attribute.
const (
	capabilityMajor = 75
	capabilityMinor = 76
)

// driver is the library of the NVIDIA driver.
type driver struct{ handle unsafe.Pointer }

// openDriver loads the driver's library without initializing it.
func openDriver() (driver, error) {
	name := C.CString(driverLibrary)
	defer C.free(unsafe.Pointer(name))
	var message [512]C.char
	handle := C.tflab_cuda_open(name, &message[0], C.size_t(len(message)))
	if handle == nil {
		return driver{}, fmt.Errorf("%s", C.GoString(&message[0]))
	}
	return driver{handle}, nil
}

// symbol returns a function of the driver, or nil if the driver does not have it.
func (d driver) symbol(name string) unsafe.Pointer { return symbol(d.handle, name) }

// symbol returns a function of a library or, if library is nil, of any library that the
// program is linked with.
func symbol(library unsafe.Pointer, name string) unsafe.Pointer {
	text := C.CString(name)
	defer C.free(unsafe.Pointer(text))
	return C.tflab_cuda_symbol(library, text)
}

// init starts the driver: cuInit.
func (d driver) init() error {
	function := d.symbol("cuInit")
	if function == nil {
		return Code(303)
	}
	return initialize(function, initLimit)
}

// initialize calls cuInit, unless the process has called it before.
func initialize(function unsafe.Pointer, limit time.Duration) error {
	switch result := C.tflab_cuda_init(function, C.int(limit.Milliseconds())); result {
	case 0:
		return nil
	case C.TFLAB_CUDA_HANGS:
		return errHangs
	default:
		return Code(result)
	}
}

// count returns the number of GPUs visible to the process.
func (d driver) count() (int, error) {
	var n C.int
	if function := d.symbol("cuDeviceGetCount"); function != nil {
		if result := C.tflab_cuda_int(function, &n); result != 0 {
			return 0, Code(result)
		}
	}
	return int(n), nil
}

// version returns the newest CUDA version that the driver supports.
func (d driver) version() Version {
	var v C.int
	if function := d.symbol("cuDriverGetVersion"); function != nil {
		C.tflab_cuda_int(function, &v)
	}
	return cudaVersion(int(v))
}

// gpu describes the GPU of a number. Fields that the driver does not report stay empty.
func (d driver) gpu(number int) GPU {
	g := GPU{Number: number}
	var device C.int
	if f := d.symbol("cuDeviceGet"); f == nil || C.tflab_cuda_int_of(f, &device, C.int(number)) != 0 {
		return g
	}
	var name [256]C.char
	if f := d.symbol("cuDeviceGetName"); f != nil && C.tflab_cuda_name(f, &name[0], C.int(len(name)), device) == 0 {
		g.Name = C.GoString(&name[0])
	}
	var bytes C.size_t
	if f := d.symbol("cuDeviceTotalMem_v2"); f != nil && C.tflab_cuda_size(f, &bytes, device) == 0 {
		g.Memory = uint64(bytes)
	}
	if f := d.symbol("cuDeviceGetAttribute"); f != nil {
		var major, minor C.int
		C.tflab_cuda_attribute(f, &major, capabilityMajor, device)
		C.tflab_cuda_attribute(f, &minor, capabilityMinor, device)
		g.Capability = Capability{int(major), int(minor)}
	}
	return g
}

// memory returns the free memory of a GPU. It creates a temporary context on the GPU.
func (d driver) memory(number int) (free uint64, err error) {
	functions := C.struct_tflab_cuda_memory{
		get: d.symbol("cuDeviceGet"), retain: d.symbol("cuDevicePrimaryCtxRetain"), push: d.symbol("cuCtxPushCurrent_v2"),
		info: d.symbol("cuMemGetInfo_v2"), pop: d.symbol("cuCtxPopCurrent_v2"), release: d.symbol("cuDevicePrimaryCtxRelease_v2"),
	}
	for _, f := range []unsafe.Pointer{functions.get, functions.retain, functions.push, functions.info, functions.pop, functions.release} {
		if f == nil {
			return 0, fmt.Errorf("the driver is too old to report free memory")
		}
	}
	var left, total C.size_t
	if result := C.tflab_cuda_memory(&functions, C.int(number), &left, &total); result != 0 {
		return 0, Code(result)
	}
	return uint64(left), nil
}

// deviceNodes returns the files that represent GPUs: those of the NVIDIA driver and, in
// WSL2, /dev/dxg, which represents all GPUs of Windows of any make.
func deviceNodes() (nvidia, windows []string) {
	nvidia, _ = filepath.Glob("/dev/nvidia[0-9]*") // the patterns are well-formed
	windows, _ = filepath.Glob("/dev/dxg")
	return nvidia, windows
}

// firstLine returns the first line of a library's message.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
