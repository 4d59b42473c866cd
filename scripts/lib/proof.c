// The proof that a libtensorflow is usable. scripts/setup compiles, links and runs this
// program with the flags that Go will use. The program prints these lines:
//
//   version 2.18.1          the library's own version, before anything else
//   trained                 a training step gave the numbers derived below
//   gpu                     the library has kernels for GPUs
//   missing libcudnn.so.9   a library that the GPU kernels need cannot be loaded
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorflow/c/c_api.h"

// From tensorflow/c/kernels.h, which includes headers that few installations have.
extern TF_Buffer *TF_GetRegisteredKernelsForOp(const char *name, TF_Status *status);

static void fail(const char *what, const char *why) {
	printf("failed %s: %.300s\n", what, why);
	exit(1);
}

static TF_Status *status;

static void check(const char *what) {
	if (TF_GetCode(status) != TF_OK) fail(what, TF_Message(status));
}

// node finishes an operation and returns its first output.
static TF_Output node(TF_OperationDescription *d, const char *what) {
	TF_Operation *operation = TF_FinishOperation(d, status);
	check(what);
	return (TF_Output){operation, 0};
}

static TF_Output constant(TF_Graph *g, const char *name, TF_DataType type, const int64_t *shape, int rank, const void *values, size_t size) {
	TF_Tensor *t = TF_AllocateTensor(type, shape, rank, size);
	memcpy(TF_TensorData(t), values, size);
	TF_OperationDescription *d = TF_NewOperation(g, "Const", name);
	TF_SetAttrTensor(d, "value", t, status);
	TF_SetAttrType(d, "dtype", type);
	TF_Output out = node(d, name);
	TF_DeleteTensor(t);
	return out;
}

// apply adds an operation of count inputs; a variable's reads also need their type.
static TF_Output apply(TF_Graph *g, const char *type, int read, int count, ...) {
	TF_OperationDescription *d = TF_NewOperation(g, type, type);
	va_list inputs;
	va_start(inputs, count);
	while (count-- > 0) TF_AddInput(d, va_arg(inputs, TF_Output));
	va_end(inputs);
	if (read) TF_SetAttrType(d, "dtype", TF_FLOAT);
	return node(d, type);
}

// run carries out one operation, or fetches one output.
static TF_Tensor *run(TF_Session *s, const TF_Output *fetch, const TF_Operation *target) {
	TF_Tensor *value = NULL;
	TF_SessionRun(s, NULL, NULL, NULL, 0, fetch, &value, fetch != NULL, &target, target != NULL, NULL, status);
	check("a session's run");
	return value;
}

// train takes one step of gradient descent, on the CPU, for the sum of (x w - y)^2:
//   x = (1 2; 3 4), w = (1; -1), y = (0; 1), so x w - y = (-1; -2)
//   and the gradient 2 x^T (x w - y) = (-14; -20);
//   with learning rate 1/4 the new w is (1; -1) + (3.5; 5) = (4.5; 4), exactly.
static void train(void) {
	const int64_t matrix[] = {2, 2}, column[] = {2, 1}, two[] = {2};
	const float x[] = {1, 2, 3, 4}, w[] = {1, -1}, y[] = {0, 1}, rate = 0.25f;
	const int axes[] = {0, 1};
	TF_Graph *g = TF_NewGraph();
	TF_OperationDescription *d = TF_NewOperation(g, "VarHandleOp", "w");
	TF_SetAttrType(d, "dtype", TF_FLOAT);
	TF_SetAttrShape(d, "shape", column, 2);
	TF_Output variable = node(d, "a variable");
	TF_Output first = constant(g, "first", TF_FLOAT, column, 2, w, sizeof w);
	TF_Output assign = apply(g, "AssignVariableOp", 1, 2, variable, first);
	TF_Output read = apply(g, "ReadVariableOp", 1, 1, variable);
	TF_Output product = apply(g, "MatMul", 0, 2, constant(g, "x", TF_FLOAT, matrix, 2, x, sizeof x), read);
	TF_Output error = apply(g, "Sub", 0, 2, product, constant(g, "y", TF_FLOAT, column, 2, y, sizeof y));
	TF_Output square = apply(g, "Square", 0, 1, error);
	TF_Output loss = apply(g, "Sum", 0, 2, square, constant(g, "axes", TF_INT32, two, 1, axes, sizeof axes));
	TF_Output gradient;
	TF_AddGradients(g, &loss, 1, &read, 1, NULL, status, &gradient);
	check("gradients");
	TF_Output step = apply(g, "ResourceApplyGradientDescent", 0, 3, variable,
		constant(g, "rate", TF_FLOAT, NULL, 0, &rate, sizeof rate), gradient);

	// A serialized ConfigProto: device_count {key: "GPU" value: 0}.
	static const unsigned char cpu_only[] = {0x0a, 7, 0x0a, 3, 'G', 'P', 'U', 0x10, 0};
	TF_SessionOptions *options = TF_NewSessionOptions();
	TF_SetConfig(options, cpu_only, sizeof cpu_only, status);
	check("session options");
	TF_Session *session = TF_NewSession(g, options, status);
	check("a session");
	run(session, NULL, assign.oper);
	run(session, NULL, step.oper);
	const float *now = TF_TensorData(run(session, &read, NULL));
	if (now[0] != 4.5f || now[1] != 4) {
		char numbers[100];
		snprintf(numbers, sizeof numbers, "the weights are %g and %g, want 4.5 and 4", now[0], now[1]);
		fail("a training step", numbers);
	}
	puts("trained");
}

static char wanted[64][64]; // names of the libraries that TensorFlow looks for
static int wanting;

// TensorFlow's calls of dlopen reach this function, since the executable's symbols are
// found first. The call of the real dlopen must be a tail call: dlopen uses the run path
// of its caller, which it finds by the return address, and the caller must be TensorFlow.
void *dlopen(const char *name, int mode) {
	void *(*real)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
	if (name != NULL && wanting < 64) snprintf(wanted[wanting++], sizeof wanted[0], "%s", name);
	return real(name, mode);
}

// ask_gpu reports whether there are GPU kernels and which of their libraries are missing.
static void ask_gpu(void) {
	TF_Buffer *kernels = TF_GetRegisteredKernelsForOp("MatMul", status);
	check("the list of kernels");
	if (memmem(kernels->data, kernels->length, "GPU", 3) == NULL) return;
	puts("gpu");
	// TensorFlow's own check before it uses a GPU, tsl::internal::DsoLoader::
	// MaybeTryDlopenGPULibraries(). Its result, absl::Status, is returned in memory as
	// a larger struct is in C. A build that is linked with CUDA has loaded it already.
	typedef struct { void *words[8]; } result;
	result (*load)(void) = (result (*)(void))dlsym(RTLD_DEFAULT, "_ZN3tsl8internal9DsoLoader26MaybeTryDlopenGPULibrariesEv");
	if (load == NULL) return;
	wanting = 0;
	load();
	for (int i = 0, n = wanting; i < n; i++) {
		// The driver's own libraries are part of the machine, not of the build.
		int driver = strncmp(wanted[i], "libcuda.so", 10) == 0 || strncmp(wanted[i], "libnvidia-", 10) == 0;
		if (!driver && dlopen(wanted[i], RTLD_LAZY | RTLD_NOLOAD) == NULL) printf("missing %s\n", wanted[i]);
	}
}

int main(void) {
	setvbuf(stdout, NULL, _IOLBF, 0); // keep the lines printed before a crash
	printf("version %s\n", TF_Version());
	status = TF_NewStatus();
	train();
	ask_gpu();
	return 0;
}
