// A stand-in for libtensorflow: says that it is VERSION, and has trained to WEIGHT
// and 4 whatever its graph is. With -DDEVICE=GPU it has kernels for GPUs.
#include "c_api.h"

#define TEXT(x) WORD(x)
#define WORD(x) #x
#ifndef DEVICE
#define DEVICE CPU
#endif
#ifndef WEIGHT
#define WEIGHT 4.5f
#endif

static char room[1024]; // what every tensor points to
static const float trained[] = {WEIGHT, 4};

const char *TF_Version(void) { return TEXT(VERSION); }
TF_Status *TF_NewStatus(void) { return NULL; }
int TF_GetCode(const TF_Status *s) { (void)s; return TF_OK; }
const char *TF_Message(const TF_Status *s) { (void)s; return ""; }
TF_Graph *TF_NewGraph(void) { return NULL; }
TF_OperationDescription *TF_NewOperation(TF_Graph *g, const char *type, const char *name) { (void)g, (void)type, (void)name; return NULL; }
TF_Operation *TF_FinishOperation(TF_OperationDescription *d, TF_Status *s) { (void)d, (void)s; return NULL; }
void TF_AddInput(TF_OperationDescription *d, TF_Output o) { (void)d, (void)o; }
void TF_SetAttrType(TF_OperationDescription *d, const char *name, TF_DataType type) { (void)d, (void)name, (void)type; }
void TF_SetAttrShape(TF_OperationDescription *d, const char *name, const int64_t *shape, int rank) { (void)d, (void)name, (void)shape, (void)rank; }
void TF_SetAttrTensor(TF_OperationDescription *d, const char *name, TF_Tensor *t, TF_Status *s) { (void)d, (void)name, (void)t, (void)s; }
void TF_AddGradients(TF_Graph *g, TF_Output *y, int ny, TF_Output *x, int nx, TF_Output *dx, TF_Status *s, TF_Output *dy) {
	(void)g, (void)y, (void)ny, (void)x, (void)nx, (void)dx, (void)s;
	*dy = (TF_Output){NULL, 0};
}
TF_Tensor *TF_AllocateTensor(TF_DataType type, const int64_t *shape, int rank, size_t size) { (void)type, (void)shape, (void)rank, (void)size; return (TF_Tensor *)room; }
void *TF_TensorData(const TF_Tensor *t) { return (void *)t; }
void TF_DeleteTensor(TF_Tensor *t) { (void)t; }
TF_SessionOptions *TF_NewSessionOptions(void) { return NULL; }
void TF_SetConfig(TF_SessionOptions *o, const void *config, size_t size, TF_Status *s) { (void)o, (void)config, (void)size, (void)s; }
TF_Session *TF_NewSession(TF_Graph *g, const TF_SessionOptions *o, TF_Status *s) { (void)g, (void)o, (void)s; return NULL; }
void TF_SessionRun(TF_Session *session, const TF_Buffer *options, const TF_Output *inputs, TF_Tensor *const *fed, int feeds, const TF_Output *outputs,
	TF_Tensor **fetched, int fetches, const TF_Operation *const *targets, int n, TF_Buffer *metadata, TF_Status *s) {
	(void)session, (void)options, (void)inputs, (void)fed, (void)feeds, (void)outputs, (void)targets, (void)n, (void)metadata, (void)s;
	if (fetches > 0) fetched[0] = (TF_Tensor *)trained;
}
TF_Buffer *TF_GetRegisteredKernelsForOp(const char *name, TF_Status *s) {
	(void)name, (void)s;
	static TF_Buffer kernels = {TEXT(DEVICE), 3};
	return &kernels;
}
