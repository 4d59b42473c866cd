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
	// The binding has no function for this. Its graph is in its only field.
	field := reflect.ValueOf(p.graph).Elem().FieldByName("c")
	if field.Kind() != reflect.Pointer {
		return errors.New("cluster: the binding's type Graph differs from the expected one: this is a defect, please report it")
	}
	graph := (*C.TF_Graph)(field.UnsafePointer())
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
