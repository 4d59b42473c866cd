package serving

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/framework/types_go_proto"
)

// DefaultSignature is the name of the signature for clients that name none.
const DefaultSignature = "serving_default"

// Signature is one computation of a model: the names of its inputs and outputs, and
// their tensors in the graph.
type Signature struct {
	Name    string
	Method  string // such as "tensorflow/serving/predict"
	Inputs  []Tensor
	Outputs []Tensor
}

// Tensor is an input or output of a Signature.
type Tensor struct {
	Name  string // name in the signature
	Graph string // name in the graph, OPERATION:INDEX
	DType tf.DataType
	Shape []int64 // -1 means any size
	Known bool    // whether the number of dimensions is known; if not, Shape is nil
}

// Input returns the input of the given name.
func (s Signature) Input(name string) (Tensor, bool) { return find(s.Inputs, name) }

// Output returns the output of the given name.
func (s Signature) Output(name string) (Tensor, bool) { return find(s.Outputs, name) }

func find(tensors []Tensor, name string) (Tensor, bool) {
	i := slices.IndexFunc(tensors, func(t Tensor) bool { return t.Name == name })
	if i < 0 {
		return Tensor{}, false
	}
	return tensors[i], true
}

// String returns a text such as "serving_default(image float32[?,28,28,1]) ->
// probabilities float32[?,10]".
func (s Signature) String() string {
	return fmt.Sprintf("%s(%s) -> %s", s.Name, list(s.Inputs), list(s.Outputs))
}

func list(tensors []Tensor) string {
	texts := make([]string, len(tensors))
	for i, t := range tensors {
		texts[i] = t.String()
	}
	return strings.Join(texts, ", ")
}

// String returns a text such as "image float32[?,28,28,1]".
func (t Tensor) String() string { return t.Name + " " + DTypeName(t.DType) + t.dims() }

func (t Tensor) dims() string {
	if !t.Known {
		return "[...]"
	}
	return dims(t.Shape)
}

func dims(shape []int64) string {
	sizes := make([]string, len(shape))
	for i, d := range shape {
		if sizes[i] = strconv.FormatInt(d, 10); d < 0 {
			sizes[i] = "?"
		}
	}
	return "[" + strings.Join(sizes, ",") + "]"
}

// takes reports whether the tensor can have the given shape.
func (t Tensor) takes(shape []int64) bool {
	if !t.Known {
		return true
	}
	if len(shape) != len(t.Shape) {
		return false
	}
	for i, d := range t.Shape {
		if d >= 0 && d != shape[i] {
			return false
		}
	}
	return true
}

// DTypeName returns TensorFlow's name of a type, such as "float32".
func DTypeName(t tf.DataType) string {
	switch t {
	case tf.Float:
		return "float32"
	case tf.Double:
		return "float64"
	case tf.Half:
		return "float16"
	}
	name := types_go_proto.DataType(t).String() // DT_INT64
	return strings.ToLower(strings.TrimPrefix(name, "DT_"))
}
