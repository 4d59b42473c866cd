#include <stddef.h>

// What a time-limited cuInit returns to this package when the limit passed.
#define TFLAB_CUDA_HANGS (-1)

void *tflab_cuda_open(const char *name, char *error, size_t size);
void *tflab_cuda_symbol(void *library, const char *name);
const char *tflab_cuda_file(void *function);
int tflab_cuda_init(void *function, int milliseconds);
int tflab_cuda_int(void *function, int *value);
int tflab_cuda_int_of(void *function, int *value, int device);
int tflab_cuda_attribute(void *function, int *value, int attribute, int device);
int tflab_cuda_name(void *function, char *name, int size, int device);
int tflab_cuda_size(void *function, size_t *bytes, int device);
int tflab_cuda_property(void *function, int which, int *value);
size_t tflab_cuda_version(void *function);

struct tflab_cuda_memory { void *get, *retain, *push, *info, *pop, *release; };
int tflab_cuda_memory(struct tflab_cuda_memory *functions, int number, size_t *free, size_t *total);
