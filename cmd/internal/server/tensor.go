package server

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
)

// tensor is an array outside TensorFlow, whose rows are easily joined and split.
type tensor struct {
	dtype   tf.DataType
	shape   []int64
	data    []byte   // row-major, in the machine's byte order
	strings []string // instead of data if dtype is tf.String
}

// tensors maps a signature's names to tensors.
type tensors map[string]tensor

// sizes are the element sizes in bytes of the types that a request may have: those that
// package tensorflow copies and JSON can represent.
var sizes = map[tf.DataType]int{
	tf.Float: 4, tf.Double: 8, tf.Bool: 1,
	tf.Int8: 1, tf.Int16: 2, tf.Int32: 4, tf.Int64: 8,
	tf.Uint8: 1, tf.Uint16: 2,
}

// rows returns the first dimension of a tensor, or 0 for a scalar.
func (t tensor) rows() int {
	if len(t.shape) == 0 {
		return 0
	}
	return int(t.shape[0])
}

// slice returns the rows from lo up to but not including hi.
func (t tensor) slice(lo, hi int) tensor {
	part := tensor{dtype: t.dtype, shape: slices.Clone(t.shape)}
	part.shape[0] = int64(hi - lo)
	if t.dtype == tf.String {
		n := len(t.strings) / t.rows()
		part.strings = t.strings[lo*n : hi*n]
		return part
	}
	n := len(t.data) / t.rows()
	part.data = t.data[lo*n : hi*n : hi*n]
	return part
}

// join concatenates tensors that agree in all but the number of rows.
func join(parts []tensor) tensor {
	if len(parts) == 1 {
		return parts[0]
	}
	all := tensor{dtype: parts[0].dtype, shape: slices.Clone(parts[0].shape)}
	all.shape[0] = 0
	size := 0
	for _, p := range parts {
		size += len(p.data)
	}
	all.data = make([]byte, 0, size)
	for _, p := range parts {
		all.shape[0] += p.shape[0]
		all.data = append(all.data, p.data...)
		all.strings = append(all.strings, p.strings...)
	}
	return all
}

// toTF copies a tensor into TensorFlow's memory.
func (t tensor) toTF() (*tf.Tensor, error) {
	if t.dtype != tf.String {
		return tf.ReadTensor(t.dtype, t.shape, bytes.NewReader(t.data))
	}
	return tf.NewTensor(nest(t.strings, t.shape))
}

// nest returns nested slices of strings, which package tensorflow requires.
func nest(flat []string, shape []int64) any {
	switch len(shape) {
	case 0:
		return flat[0]
	case 1:
		return flat
	}
	size := product(shape[1:])
	var all reflect.Value
	for i := range int(shape[0]) {
		part := reflect.ValueOf(nest(flat[i*size:(i+1)*size], shape[1:]))
		if i == 0 {
			all = reflect.MakeSlice(reflect.SliceOf(part.Type()), 0, int(shape[0]))
		}
		all = reflect.Append(all, part)
	}
	return all.Interface()
}

// flatten is the inverse of nest.
func flatten(v reflect.Value) []string {
	if v.Kind() == reflect.String {
		return []string{v.String()}
	}
	var all []string
	for i := range v.Len() {
		all = append(all, flatten(v.Index(i))...)
	}
	return all
}

// fromTF copies a tensor out of TensorFlow's memory.
func fromTF(t *tf.Tensor) (tensor, error) {
	all := tensor{dtype: t.DataType(), shape: t.Shape()}
	if all.dtype != tf.String {
		if sizes[all.dtype] == 0 {
			return all, fmt.Errorf("output of type %s: want a type that JSON can represent", typeName(all.dtype))
		}
		var b bytes.Buffer
		_, err := t.WriteContentsTo(&b)
		all.data = b.Bytes()
		return all, err
	}
	if product(all.shape) > 0 {
		all.strings = flatten(reflect.ValueOf(t.Value()))
	}
	return all, nil
}

// typeName returns TensorFlow's name of a type, as in its protobufs.
func typeName(d tf.DataType) string {
	if name, ok := typeNames[d]; ok {
		return name
	}
	return fmt.Sprintf("DT_%d", int(d))
}

var typeNames = map[tf.DataType]string{
	tf.Float: "DT_FLOAT", tf.Double: "DT_DOUBLE", tf.Half: "DT_HALF", tf.Bfloat16: "DT_BFLOAT16",
	tf.Int8: "DT_INT8", tf.Int16: "DT_INT16", tf.Int32: "DT_INT32", tf.Int64: "DT_INT64",
	tf.Uint8: "DT_UINT8", tf.Uint16: "DT_UINT16", tf.Uint32: "DT_UINT32", tf.Uint64: "DT_UINT64",
	tf.Bool: "DT_BOOL", tf.String: "DT_STRING", tf.Complex64: "DT_COMPLEX64", tf.Complex128: "DT_COMPLEX128",
}
