package cluster

// #include <stdlib.h>
// #include "tensorflow/c/c_api.h"
import "C"

import (
	"errors"
	"reflect"
	"unsafe"

	tf "github.com/wamuir/graft/tensorflow"
)

// Placement sets the devices of a graph's operations after they were added: the C
// API's gradients refuse scopes with a device.
type Placement struct {
	graph *tf.Graph
	seen  C.size_t // position among the operations
}

// NewPlacement begins at the first operation of a graph.
func NewPlacement(g *tf.Graph) *Placement { return &Placement{graph: g} }

// Place sets the device of each operation that was added since the last call, by its
// name, unless it has one. "" leaves an operation without.
func (p *Placement) Place(device func(operation string) string) error {
	// The binding has no function for this; the graph is in its one field.
	field := reflect.ValueOf(p.graph).Elem().FieldByName("c")
	if field.Kind() != reflect.Pointer {
		return errors.New("cluster: the binding keeps graphs in another way than expected: this is a defect, please report it")
	}
	graph := (*C.TF_Graph)(field.UnsafePointer())
	for {
		operation := C.TF_GraphNextOperation(graph, &p.seen)
		if operation == nil {
			return nil
		}
		if *C.TF_OperationDevice(operation) != 0 { // it was placed when it was added
			continue
		}
		if d := device(C.GoString(C.TF_OperationName(operation))); d != "" {
			text := C.CString(d)
			C.TF_SetRequestedDevice(graph, operation, text)
			C.free(unsafe.Pointer(text))
		}
	}
}
