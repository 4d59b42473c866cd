package graphs

import (
	"errors"
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// startJIT lets XLA compile a few additions, so that what it has to say at the
// first compilation of a process it says when a program is compiled, and not in
// the middle of its first step. TensorFlow keeps some settings of a process's
// first session for all others: this one has the program's.
func startJIT(settings *tf.SessionOptions) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("graphs: XLA: %w", err)
		}
	}()
	s := op.NewScope()
	x := op.Placeholder(s, tf.Float)
	sum := x
	for _, name := range []string{"a", "b", "c", "d", "e"} { // XLA leaves smaller clusters alone
		sum = op.AddV2(s.SubScope(name), sum, x)
	}
	graph, err := s.Finalize()
	if err != nil {
		return err
	}
	session, err := tf.NewSession(graph, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	one, err := tf.NewTensor([]float32{1})
	if err != nil {
		return err
	}
	_, err = session.Run(map[tf.Output]*tf.Tensor{x: one}, []tf.Output{sum}, nil)
	return err
}
