package cuda

/*
#cgo LDFLAGS: -ltensorflow
#include <stdlib.h>
#include "driver.h"
#include "tensorflow/c/c_api.h"
*/
import "C"

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/wamuir/graft/tensorflow/core/framework/kernel_def_go_proto"
	"google.golang.org/protobuf/proto"
)

// builtForCUDA reports whether the linked TensorFlow has kernels for a GPU, by querying
// those of MatMul.
func builtForCUDA() (bool, error) {
	name := C.CString("MatMul")
	defer C.free(unsafe.Pointer(name))
	status := C.TF_NewStatus()
	defer C.TF_DeleteStatus(status)
	buffer := C.TF_GetRegisteredKernelsForOp(name, status)
	if C.TF_GetCode(status) != C.TF_OK {
		return false, fmt.Errorf("TensorFlow's kernels: %s", C.GoString(C.TF_Message(status)))
	}
	defer C.TF_DeleteBuffer(buffer)
	var kernels kernel_def_go_proto.KernelList
	if err := proto.Unmarshal(C.GoBytes(buffer.data, C.int(buffer.length)), &kernels); err != nil {
		return false, fmt.Errorf("TensorFlow's kernels: %w", err)
	}
	return slices.ContainsFunc(kernels.Kernel, func(k *kernel_def_go_proto.KernelDef) bool { return k.DeviceType == "GPU" }), nil
}

// tensorflowFile returns the file from which TensorFlow's C API was loaded.
func tensorflowFile() string {
	path := C.tflab_cuda_file(symbol(nil, "TF_Version"))
	if path == nil {
		return ""
	}
	return C.GoString(path)
}
