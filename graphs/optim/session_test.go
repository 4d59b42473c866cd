package optim_test

import (
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/graphstest"
	"github.com/tflab/tflab/graphs/optim"
)

// descend runs an optimizer's operations in a session on one weight, with a given
// gradient for each step. It returns the weight after each step.
func descend(t *testing.T, o optim.Optimizer, schedule optim.Schedule, initial []float32, gradients [][]float32) [][]float32 {
	t.Helper()
	s := op.NewScope()
	shape := tf.MakeShape(int64(len(initial)))
	variable := func(name string, first tf.Output) (handle tf.Output, assign *tf.Operation) {
		s := s.SubScope(name)
		handle = op.VarHandleOp(s, tf.Float, first.Shape(), op.VarHandleOpSharedName(name))
		return handle, op.AssignVariableOp(s, handle, first)
	}
	first := op.Const(s.SubScope("initial"), initial)
	weight, assign := variable("weight", first)
	reset := []*tf.Operation{assign}
	gradient := op.Placeholder(s.SubScope("gradient"), tf.Float, op.PlaceholderShape(shape))
	w := optim.Weight{
		Variable:     weight,
		Gradient:     gradient,
		Iterations:   op.Placeholder(s.SubScope("iterations"), tf.Int64, op.PlaceholderShape(tf.ScalarShape())),
		LearningRate: op.Const(s.SubScope("learning_rate"), float32(o.LearningRate())),
	}
	for _, kept := range o.Slots() {
		value := op.Const(s.SubScope("first"), float32(kept.Initial))
		if !kept.Scalar {
			value = op.Fill(s.SubScope("filled"), op.Const(s.SubScope("shape"), []int32{int32(len(initial))}), value)
		}
		slot, assign := variable("slot_"+kept.Name, value)
		w.Slots, reset = append(w.Slots, slot), append(reset, assign)
	}
	if schedule != nil {
		w.LearningRate = schedule.Rate(s.SubScope("schedule"), w.LearningRate, w.Iterations)
	}
	if c, clips := o.(optim.Clipper); clips {
		w.Gradient = c.Clip(s, []tf.Output{w.Gradient})[0]
	}
	update := o.Update(s.SubScope("update"), w)
	value := op.ReadVariableOp(s.SubScope("value"), weight, tf.Float)

	session := graphstest.Open(t, s)
	run(t, session, nil, nil, reset)
	var values [][]float32
	for i, g := range gradients {
		feeds := map[tf.Output]*tf.Tensor{gradient: tensor(t, g), w.Iterations: tensor(t, int64(i))}
		run(t, session, feeds, nil, []*tf.Operation{update})
		values = append(values, run(t, session, nil, []tf.Output{value}, nil)[0].Value().([]float32))
	}
	return values
}

func run(t *testing.T, session *tf.Session, feeds map[tf.Output]*tf.Tensor, fetches []tf.Output, targets []*tf.Operation) []*tf.Tensor {
	t.Helper()
	out, err := session.Run(feeds, fetches, targets)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func tensor(t *testing.T, value any) *tf.Tensor {
	t.Helper()
	v, err := tf.NewTensor(value)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
