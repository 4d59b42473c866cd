package lowlevel

import (
	"errors"
	"fmt"
	"runtime"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	tg "github.com/galeone/tfgo"
)

// Apply evaluates build on the values once: it makes a graph with a placeholder for
// each value, runs it, and discards graph and session. It returns the values of the
// outputs that build returns.
func Apply(build func(s *op.Scope, in []tf.Output) ([]tf.Output, error), values ...*tf.Tensor) (results []*tf.Tensor, err error) {
	s := tg.NewRoot()
	feeds := make(map[tf.Output]*tf.Tensor)
	var in []tf.Output
	for _, v := range values {
		x := op.Placeholder(s.SubScope("input"), v.DataType(), op.PlaceholderShape(tf.MakeShape(v.Shape()...)))
		in, feeds[x] = append(in, x), v
	}
	out, err := build(s, in)
	if err != nil {
		return nil, err
	}
	defer func() { // tfgo's Exec panics with TensorFlow's error
		switch p := recover().(type) {
		case nil:
		case runtime.Error:
			panic(p)
		case error:
			err = fmt.Errorf("run: %w", errors.New(firstLine(p.Error())))
		case string:
			err = fmt.Errorf("run: %w", errors.New(firstLine(p)))
		default:
			panic(p)
		}
	}()
	return tg.Exec(s, out, feeds, nil), nil
}
