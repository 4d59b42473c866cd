package trace

/*
#include <stdlib.h>
#include "tensorflow/c/c_api.h"

// run runs targets without feeds and without fetches, and fills metadata.
static void run(TF_Session* session, const void* options, size_t length,
                const TF_Operation* const* targets, int n, TF_Buffer* metadata, TF_Status* status) {
  TF_Buffer wanted = {options, length, NULL};
  TF_SessionRun(session, &wanted, NULL, NULL, 0, NULL, NULL, 0, targets, n, metadata, status);
}
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"google.golang.org/protobuf/proto"

	"github.com/tflab/tflab/graphs/internal/binding"
)

// Run runs targets like tf.Session.Run, without feeds and fetches, and returns
// TensorFlow's record of each operation. Recording makes the run slower.
//
// The executor SINGLE_THREADED_EXECUTOR records nothing.
func Run(session *tf.Session, targets []*tf.Operation) (Step, error) {
	options, err := proto.Marshal(&for_core_protos_go_proto.RunOptions{TraceLevel: for_core_protos_go_proto.RunOptions_FULL_TRACE})
	if err != nil {
		return Step{}, fmt.Errorf("trace: %w", err)
	}
	pointers := make([]*C.TF_Operation, len(targets))
	for i, target := range targets {
		p, err := binding.Pointer(target)
		if err != nil {
			return Step{}, fmt.Errorf("trace: %w", err)
		}
		pointers[i] = (*C.TF_Operation)(p)
	}
	opened, err := binding.Pointer(session)
	if err != nil {
		return Step{}, fmt.Errorf("trace: %w", err)
	}
	begun := time.Now()
	raw, err := run((*C.TF_Session)(opened), options, pointers)
	took := time.Since(begun)
	runtime.KeepAlive(session)
	runtime.KeepAlive(targets)
	if err != nil {
		return Step{}, err
	}
	metadata := &for_core_protos_go_proto.RunMetadata{}
	if err := proto.Unmarshal(raw, metadata); err != nil {
		return Step{}, fmt.Errorf("trace: TensorFlow's record of the run: %w", err)
	}
	return Step{Start: begun, Duration: took, Operations: operations(metadata.GetStepStats())}, nil
}

// run calls TensorFlow, which uses the options and the targets only during the call.
func run(session *C.TF_Session, options []byte, targets []*C.TF_Operation) ([]byte, error) {
	if len(targets) == 0 {
		return nil, errors.New("trace: no operations to run")
	}
	status, metadata := C.TF_NewStatus(), C.TF_NewBuffer()
	defer C.TF_DeleteStatus(status)
	defer C.TF_DeleteBuffer(metadata)
	raw := C.CBytes(options)
	defer C.free(raw)
	C.run(session, raw, C.size_t(len(options)), &targets[0], C.int(len(targets)), metadata, status)
	if C.TF_GetCode(status) != C.TF_OK {
		return nil, errors.New(C.GoString(C.TF_Message(status)))
	}
	return C.GoBytes(metadata.data, C.int(metadata.length)), nil
}
