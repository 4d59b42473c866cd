package graphs

import (
	"fmt"
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Precision names the type in which layers compute. Weights, loss, softmax and the
// optimizer's state are float32 in all precisions, as in Keras's policies of these
// names.
type Precision string

// The precisions. The zero value is Float32.
const (
	Float32       Precision = "float32"
	MixedBFloat16 Precision = "mixed_bfloat16"
	MixedFloat16  Precision = "mixed_float16" // with loss scaling
)

// ParsePrecision checks the spelling of a precision.
func ParsePrecision(s string) (Precision, error) {
	switch p := Precision(s); p {
	case Float32, MixedBFloat16, MixedFloat16:
		return p, nil
	}
	return "", fmt.Errorf("graphs: unknown precision %q: want %s, %s or %s", s, Float32, MixedBFloat16, MixedFloat16)
}

// dtype returns the type in which layers compute.
func (p Precision) dtype() tf.DataType {
	switch p {
	case MixedBFloat16:
		return tf.Bfloat16
	case MixedFloat16:
		return tf.Half
	}
	return tf.Float
}

// cast converts x if it has another type.
func cast(s *op.Scope, x tf.Output, to tf.DataType) tf.Output {
	if s.Err() != nil || x.DataType() == to {
		return x
	}
	return op.Cast(s.SubScope("cast"), x, to)
}

// The dynamic loss scale of Keras (keras/src/optimizers/loss_scale_optimizer.py):
// halved at a step whose gradients overflow, doubled after a number of steps without
// overflow.
const (
	initialLossScale = 1 << 15
	growthSteps      = 2000
)

// lossScaling keeps float16 gradients within their range, 6e-8 to 65504: it multiplies
// the loss by a scale and divides the gradients by it. A step whose gradients are not
// finite changes no weights.
type lossScaling struct {
	scale   variable // float32
	good    variable // int64, steps since the last change of scale
	skipped variable // int64, steps that changed no weights
}

func newLossScaling(s *op.Scope, n mirrors) *lossScaling {
	return &lossScaling{
		scale:   n.variable(s, "loss_scale/scale", tf.Float),
		good:    n.variable(s, "loss_scale/good_steps", tf.Int64),
		skipped: n.variable(s, "loss_scale/skipped_steps", tf.Int64),
	}
}

// reset sets the initial scale.
func (l *lossScaling) reset(s *op.Scope) []*tf.Operation {
	all := []*tf.Operation{l.good.zero(s, nil), l.skipped.zero(s, nil)}
	n := mirrors(len(l.scale.copies))
	for i := range n.all() {
		own := n.scope(s, i)
		all = append(all, op.AssignVariableOp(own.SubScope("first_scale"), l.scale.on(i).handle, op.Const(own.SubScope("first_scale_value"), float32(initialLossScale))))
	}
	return all
}

// on returns the scaling of one mirror.
func (l *lossScaling) on(mirror int) *lossScaling {
	if l == nil {
		return nil
	}
	return &lossScaling{l.scale.on(mirror), l.good.on(mirror), l.skipped.on(mirror)}
}

// up multiplies the gradient at the start of the backward pass.
func (l *lossScaling) up(s *op.Scope, g tf.Output) tf.Output {
	return op.Mul(s.SubScope("scale_up"), g, l.scale.value)
}

// down divides the gradients and passes them on only if all are finite: operations that
// depend on the other branch of a Switch do not run. It also returns the operations
// that update the scale.
func (l *lossScaling) down(s *op.Scope, gradients []tf.Output) (passed []tf.Output, keep []*tf.Operation) {
	s = s.SubScope("scale_down")
	var each []tf.Output
	for i, g := range gradients {
		gs := s.SubScope(strconv.Itoa(i))
		g = op.Div(gs, g, l.scale.value)
		flat := op.Reshape(gs, op.IsFinite(gs, g), op.Const(gs, []int32{-1}))
		each = append(each, op.All(gs, flat, op.Const(gs.SubScope("axis"), []int32{0})))
		passed = append(passed, g)
	}
	finite := op.All(s, op.Pack(s, each), op.Const(s.SubScope("axis"), []int32{0}))
	for i, g := range passed {
		_, passed[i] = op.Switch(s.SubScope("pass"), g, finite)
	}
	return passed, l.adapt(s.SubScope("adapt"), finite)
}

// adapt sets the scale of the next step.
func (l *lossScaling) adapt(s *op.Scope, finite tf.Output) []*tf.Operation {
	where := func(name string, condition, yes, no tf.Output) tf.Output {
		return selectV2(s.SubScope(name), condition, yes, no)
	}
	zero, one := op.Const(s.SubScope("zero"), int64(0)), op.Const(s.SubScope("one"), int64(1))
	half, double := op.Const(s.SubScope("half"), float32(0.5)), op.Const(s.SubScope("double"), float32(2))
	good := op.AddV2(s.SubScope("good"), l.good.value, one)
	grow := op.GreaterEqual(s, good, op.Const(s.SubScope("growth_steps"), int64(growthSteps)))
	grown := where("grown", grow, op.Mul(s.SubScope("doubled"), l.scale.value, double), l.scale.value)
	halved := op.Maximum(s, op.Mul(s.SubScope("halved"), l.scale.value, half), op.Const(s.SubScope("least"), float32(1)))
	return []*tf.Operation{
		op.AssignVariableOp(s.SubScope("keep_scale"), l.scale.handle, where("scale", finite, grown, halved)),
		op.AssignVariableOp(s.SubScope("keep_good"), l.good.handle, where("count", finite, where("restart", grow, zero, good), zero)),
		op.AssignAddVariableOp(s.SubScope("keep_skipped"), l.skipped.handle, where("skip", finite, zero, one)),
	}
}

// selectV2 adds an operation for which the bindings have no wrapper.
func selectV2(s *op.Scope, condition, yes, no tf.Output) tf.Output {
	o := s.AddOperation(tf.OpSpec{Type: "SelectV2", Input: []tf.Input{condition, yes, no}})
	if o == nil {
		return tf.Output{}
	}
	return o.Output(0)
}

// SkippedSteps returns the number of training steps that changed no weights because
// their gradients overflowed. It is 0 except with MixedFloat16.
func (p *Program) SkippedSteps() (int64, error) {
	if p.scaling == nil {
		return 0, nil
	}
	out, err := p.session.Run(nil, []tf.Output{p.scaling.skipped.value}, nil)
	if err != nil {
		return 0, fmt.Errorf("graphs: skipped steps: %w", err)
	}
	return out[0].Value().(int64), nil
}
