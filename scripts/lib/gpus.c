// Prints the GPUs that NVIDIA's driver reports, one per line: "gpu 9.0 NVIDIA H100", or
// "failed" and the reason. libcuda is part of the driver; CUDA is not needed.
#include <dlfcn.h>
#include <stdio.h>

enum { MAJOR = 75, MINOR = 76 }; // values of CUdevice_attribute for the compute capability

int main(void) {
	void *cuda = dlopen("libcuda.so.1", RTLD_NOW);
	if (cuda == NULL) {
		printf("failed the driver is not installed: %s\n", dlerror());
		return 0;
	}
	int (*init)(unsigned) = (int (*)(unsigned))dlsym(cuda, "cuInit");
	int (*name_of)(int, const char **) = (int (*)(int, const char **))dlsym(cuda, "cuGetErrorString");
	int (*count)(int *) = (int (*)(int *))dlsym(cuda, "cuDeviceGetCount");
	int (*get)(int *, int) = (int (*)(int *, int))dlsym(cuda, "cuDeviceGet");
	int (*name)(char *, int, int) = (int (*)(char *, int, int))dlsym(cuda, "cuDeviceGetName");
	int (*attribute)(int *, int, int) = (int (*)(int *, int, int))dlsym(cuda, "cuDeviceGetAttribute");
	if (!init || !name_of || !count || !get || !name || !attribute) {
		puts("failed libcuda.so.1 is not NVIDIA's");
		return 0;
	}
	int error = init(0), n = 0;
	if (error == 0) error = count(&n);
	if (error != 0) {
		const char *text = NULL;
		name_of(error, &text);
		printf("failed the driver says: %s (cuInit %d)\n", text != NULL ? text : "unknown error", error);
		return 0;
	}
	for (int i = 0; i < n; i++) {
		int device = 0, major = 0, minor = 0;
		char text[256] = "";
		if (get(&device, i) == 0 && name(text, sizeof text, device) == 0 && attribute(&major, MAJOR, device) == 0 && attribute(&minor, MINOR, device) == 0) {
			printf("gpu %d.%d %s\n", major, minor, text);
		}
	}
	if (n == 0) puts("failed the driver shows no GPU");
	return 0;
}
