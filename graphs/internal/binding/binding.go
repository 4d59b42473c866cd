// Package binding gives access to the C objects behind the types of
// github.com/wamuir/graft, for functions of the C API that the binding does not have.
package binding

import (
	"fmt"
	"reflect"
	"unsafe"
)

// Pointer returns the C object of an open *tf.Graph, *tf.Session or *tf.Operation. The
// binding keeps the C object in the field c.
func Pointer(object any) (unsafe.Pointer, error) {
	field := reflect.Indirect(reflect.ValueOf(object)).FieldByName("c")
	if field.Kind() != reflect.Pointer || field.IsNil() {
		return nil, fmt.Errorf("a closed %T: want an open one of github.com/wamuir/graft v0.10.0", object)
	}
	return field.UnsafePointer(), nil
}
