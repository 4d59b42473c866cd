package cluster

// #include <stdlib.h>
// #include "tensorflow/c/c_api.h"
import "C"

import (
	"fmt"
	"unsafe"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs/internal/binding"
)

// Placement sets the devices of a graph's operations after the operations have been
// added, since the C API's gradients do not allow scopes with a device.
type Placement struct {
	graph *tf.Graph
	seen  C.size_t // position in the list of operations
}

// NewPlacement returns a placement that begins at the first operation of a graph.
func NewPlacement(g *tf.Graph) *Placement { return &Placement{graph: g} }

// Place sets the device of each operation that was added since the last call and has no
// device yet. device returns the device for an operation's name, or "" for none.
func (p *Placement) Place(device func(operation string) string) error {
	pointer, err := binding.Pointer(p.graph)
	if err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	graph := (*C.TF_Graph)(pointer)
	for {
		operation := C.TF_GraphNextOperation(graph, &p.seen)
		if operation == nil {
			return nil
		}
		if *C.TF_OperationDevice(operation) != 0 { // the operation already has a device
			continue
		}
		if d := device(C.GoString(C.TF_OperationName(operation))); d != "" {
			text := C.CString(d)
			C.TF_SetRequestedDevice(graph, operation, text)
			C.free(unsafe.Pointer(text))
		}
	}
}
