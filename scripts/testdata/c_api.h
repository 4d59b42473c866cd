// The part of TensorFlow's C API that scripts/lib/proof.c uses, for the stand-in of
// the tests.
#include <stddef.h>
#include <stdint.h>

typedef struct TF_Status TF_Status;
typedef struct TF_Graph TF_Graph;
typedef struct TF_Operation TF_Operation;
typedef struct TF_OperationDescription TF_OperationDescription;
typedef struct TF_Session TF_Session;
typedef struct TF_SessionOptions TF_SessionOptions;
typedef struct TF_Tensor TF_Tensor;
typedef struct { const void *data; size_t length; } TF_Buffer;
typedef struct { TF_Operation *oper; int index; } TF_Output;
typedef enum { TF_FLOAT = 1, TF_INT32 = 3 } TF_DataType;
enum { TF_OK = 0 };

const char *TF_Version(void);
TF_Status *TF_NewStatus(void);
int TF_GetCode(const TF_Status *);
const char *TF_Message(const TF_Status *);
TF_Graph *TF_NewGraph(void);
TF_OperationDescription *TF_NewOperation(TF_Graph *, const char *, const char *);
TF_Operation *TF_FinishOperation(TF_OperationDescription *, TF_Status *);
void TF_AddInput(TF_OperationDescription *, TF_Output);
void TF_SetAttrType(TF_OperationDescription *, const char *, TF_DataType);
void TF_SetAttrShape(TF_OperationDescription *, const char *, const int64_t *, int);
void TF_SetAttrTensor(TF_OperationDescription *, const char *, TF_Tensor *, TF_Status *);
void TF_AddGradients(TF_Graph *, TF_Output *, int, TF_Output *, int, TF_Output *, TF_Status *, TF_Output *);
TF_Tensor *TF_AllocateTensor(TF_DataType, const int64_t *, int, size_t);
void *TF_TensorData(const TF_Tensor *);
void TF_DeleteTensor(TF_Tensor *);
TF_SessionOptions *TF_NewSessionOptions(void);
void TF_SetConfig(TF_SessionOptions *, const void *, size_t, TF_Status *);
TF_Session *TF_NewSession(TF_Graph *, const TF_SessionOptions *, TF_Status *);
void TF_SessionRun(TF_Session *, const TF_Buffer *, const TF_Output *, TF_Tensor *const *, int, const TF_Output *,
	TF_Tensor **, int, const TF_Operation *const *, int, TF_Buffer *, TF_Status *);
TF_Buffer *TF_GetRegisteredKernelsForOp(const char *, TF_Status *);
