// A stand-in for the driver's libcuda: one GPU, of compute capability MAJOR.0, unless
// cuInit fails with INIT.
#include <string.h>

#ifndef INIT
#define INIT 0
#endif
#ifndef MAJOR
#define MAJOR 8
#endif

int cuInit(unsigned flags) { (void)flags; return INIT; }
int cuGetErrorString(int error, const char **text) { (void)error; *text = "system has unsupported display driver / cuda driver combination"; return 0; }
int cuDeviceGetCount(int *n) { *n = 1; return 0; }
int cuDeviceGet(int *device, int i) { *device = i; return 0; }
int cuDeviceGetName(char *name, int size, int device) { (void)size, (void)device; strcpy(name, "Test Card"); return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) { (void)device; *value = attribute == 75 ? MAJOR : 0; return 0; }
