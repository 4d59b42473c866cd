#define _GNU_SOURCE
#include "driver.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

void *tflab_cuda_open(const char *name, char *error, size_t size) {
	void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	const char *message = library ? NULL : dlerror();
	if (message) {
		strncpy(error, message, size - 1);
	}
	return library;
}

// tflab_cuda_symbol looks in one library or, for NULL, in all that the program is
// linked with.
void *tflab_cuda_symbol(void *library, const char *name) {
	return dlsym(library ? library : RTLD_DEFAULT, name);
}

// tflab_cuda_file is the file of the library that a function is in.
const char *tflab_cuda_file(void *function) {
	Dl_info info;
	return function && dladdr(function, &info) ? info.dli_fname : NULL;
}

// The one call of cuInit in this process. The thread that makes it is left behind
// if it does not return.
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int (*function)(unsigned);
	struct timespec deadline;
	int begun, done, result;
} start = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *call_init(void *unused) {
	int result = start.function(0);
	pthread_mutex_lock(&start.lock);
	start.done = 1;
	start.result = result;
	pthread_cond_broadcast(&start.changed);
	pthread_mutex_unlock(&start.lock);
	return unused;
}

// tflab_cuda_init calls cuInit, once in a process, and waits for it until the limit
// of the first caller. Later callers get the same answer.
int tflab_cuda_init(void *function, int milliseconds) {
	pthread_mutex_lock(&start.lock);
	if (!start.begun) {
		start.begun = 1;
		start.function = (int (*)(unsigned))function;
		clock_gettime(CLOCK_REALTIME, &start.deadline);
		start.deadline.tv_sec += milliseconds / 1000;
		start.deadline.tv_nsec += milliseconds % 1000 * 1000000L;
		if (start.deadline.tv_nsec >= 1000000000L) {
			start.deadline.tv_sec++;
			start.deadline.tv_nsec -= 1000000000L;
		}
		pthread_t thread;
		if (pthread_create(&thread, NULL, call_init, NULL) == 0) {
			pthread_detach(thread);
		} else {
			start.done = 1;
			start.result = 304; // CUDA_ERROR_OPERATING_SYSTEM
		}
	}
	while (!start.done && pthread_cond_timedwait(&start.changed, &start.lock, &start.deadline) == 0) {
	}
	int result = start.done ? start.result : TFLAB_CUDA_HANGS;
	pthread_mutex_unlock(&start.lock);
	return result;
}

// cuInit takes the place of the function that libtensorflow exports, which loads
// the driver and calls the driver's: a program's symbols come before those of its
// libraries. A driver that hangs then costs TensorFlow a time limit, on any device.
int cuInit(unsigned flags) {
	(void)flags; // 0, by the driver's documentation
	void *next = dlsym(RTLD_NEXT, "cuInit");
	if (!next) {
		return 303; // CUDA_ERROR_SHARED_OBJECT_INIT_FAILED
	}
	int result = tflab_cuda_init(next, 5000);
	return result == TFLAB_CUDA_HANGS ? 999 : result; // CUDA_ERROR_UNKNOWN
}

int tflab_cuda_int(void *function, int *value) { return ((int (*)(int *))function)(value); }

int tflab_cuda_int_of(void *function, int *value, int device) {
	return ((int (*)(int *, int))function)(value, device);
}

int tflab_cuda_attribute(void *function, int *value, int attribute, int device) {
	return ((int (*)(int *, int, int))function)(value, attribute, device);
}

int tflab_cuda_name(void *function, char *name, int size, int device) {
	return ((int (*)(char *, int, int))function)(name, size, device);
}

int tflab_cuda_size(void *function, size_t *bytes, int device) {
	return ((int (*)(size_t *, int))function)(bytes, device);
}

int tflab_cuda_property(void *function, int which, int *value) {
	return ((int (*)(int, int *))function)(which, value);
}

size_t tflab_cuda_version(void *function) { return ((size_t (*)(void))function)(); }

// tflab_cuda_memory wants a context, which belongs to one thread: so it is one call.
int tflab_cuda_memory(struct tflab_cuda_memory *f, int number, size_t *free, size_t *total) {
	int device;
	int result = ((int (*)(int *, int))f->get)(&device, number);
	if (result) {
		return result;
	}
	void *context;
	if ((result = ((int (*)(void **, int))f->retain)(&context, device))) {
		return result;
	}
	if (!(result = ((int (*)(void *))f->push)(context))) {
		result = ((int (*)(size_t *, size_t *))f->info)(free, total);
		((int (*)(void **))f->pop)(&context);
	}
	((int (*)(int))f->release)(device);
	return result;
}
