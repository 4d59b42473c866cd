package graphs

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// variable is a resource variable with the operations to read and set it from outside
// the graph.
type variable struct {
	name   string
	dtype  tf.DataType
	handle tf.Output
	value  tf.Output // output for fetching
	feed   tf.Output // input of assign
	assign *tf.Operation
	// copies are the variables of all mirrors, including the first; empty if there is
	// only one. feed and assign set all of them.
	copies []variable
}

// newVariable adds a variable to the graph. A dimension of -1 may change from one
// assignment to the next.
func newVariable(s *op.Scope, name string, dtype tf.DataType, shape ...int64) variable {
	s = s.SubScope(name)
	v := variable{name: name, dtype: dtype}
	v.feed = op.Placeholder(s, dtype, op.PlaceholderShape(tf.MakeShape(shape...)))
	if s.Err() != nil {
		return v
	}
	// TensorFlow identifies resources by their shared name, which must be unique, like
	// the operation's name.
	shared := path.Dir(v.feed.Op.Name())
	v.handle = op.VarHandleOp(s, dtype, tf.MakeShape(shape...), op.VarHandleOpSharedName(shared))
	v.value = op.ReadVariableOp(s, v.handle, dtype)
	v.assign = op.AssignVariableOp(s, v.handle, v.feed)
	return v
}

// zero adds an operation that sets the variable to zeros of a shape, on all mirrors.
func (v variable) zero(s *op.Scope, shape []int) *tf.Operation { return v.fill(s, shape, 0) }

// fill adds an operation that sets all elements of the variable, of a shape, on all
// mirrors.
func (v variable) fill(s *op.Scope, shape []int, value float64) *tf.Operation {
	if len(v.copies) > 0 {
		return v.fillCopies(s, shape, value)
	}
	s = s.SubScope("fill/" + v.name)
	dims := op.Const(s.SubScope("shape"), int64s(shape))
	element := op.Cast(s.SubScope("value"), op.Const(s.SubScope("float"), float32(value)), v.dtype)
	if s.Err() != nil {
		return nil
	}
	// The operation runs once or twice: XLA would compile it for a variable without a
	// value, and again for one with a value.
	aside := map[string]any{"_XlaCompile": false}
	fill := s.AddOperation(tf.OpSpec{Type: "Fill", Input: []tf.Input{dims, element}, Attrs: aside})
	if fill == nil {
		return nil
	}
	return s.AddOperation(tf.OpSpec{Type: "AssignVariableOp", Input: []tf.Input{v.handle, fill.Output(0)}, Attrs: aside})
}

// state is a set of values for variables, to be set in one run.
type state struct {
	feeds   map[tf.Output]*tf.Tensor
	targets []*tf.Operation
	err     error
}

func (st *state) set(v variable, t *tf.Tensor, err error) {
	if err != nil {
		st.err = fmt.Errorf("graphs: %s: %w", v.name, err)
		return
	}
	if st.feeds == nil {
		st.feeds = map[tf.Output]*tf.Tensor{}
	}
	st.feeds[v.feed] = t
	st.targets = append(st.targets, v.assign)
}

func (st *state) apply(session runner) error {
	if st.err != nil {
		return st.err
	}
	if _, err := session.Run(st.feeds, nil, st.targets); err != nil {
		return fmt.Errorf("graphs: set variables: %w", err)
	}
	return nil
}

func floatTensor(shape []int, values []float32) (*tf.Tensor, error) {
	raw := make([]byte, 0, 4*len(values))
	raw, err := binary.Append(raw, binary.NativeEndian, values)
	if err != nil {
		return nil, err
	}
	return tf.ReadTensor(tf.Float, int64s(shape), bytes.NewReader(raw))
}

func byteTensor(shape []int, values []byte) (*tf.Tensor, error) {
	return tf.ReadTensor(tf.Uint8, int64s(shape), bytes.NewReader(values))
}

func int64s(shape []int) []int64 {
	dims := make([]int64, len(shape))
	for i, d := range shape {
		dims[i] = int64(d)
	}
	return dims
}
