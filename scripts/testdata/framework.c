// A stand-in for libtensorflow_framework, which looks for CUDA's libraries as
// TensorFlow's own does: by dlopen, along its own run path.
#include <dlfcn.h>

typedef struct { void *words[8]; } status; // large: returned in memory, as absl::Status is

status _ZN3tsl8internal9DsoLoader26MaybeTryDlopenGPULibrariesEv(void) {
	dlopen("libcuda.so.1", RTLD_LAZY); // the driver's: no part of what a build needs
	status failed = {{dlopen("libcudart.so.tflab-test", RTLD_LAZY), dlopen("libcudnn.so.tflab-test", RTLD_LAZY)}};
	return failed;
}
