package graphs

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Constraint is a projection of a weight after each step, as in Keras
// (keras/src/constraints/constraints.py). NonNeg is
//
//	w = max(w, 0)
//
// and the other constraints, with the norm over Axes and epsilon 1e-7, are
//
//	w *= (Rate*min(max(norm, Least), Most) + (1-Rate)*norm) / (norm + epsilon)
//
// MaxNorm has Least 0 and Rate 1, UnitNorm has Least and Most 1.
type Constraint struct {
	NonNegative bool // NonNeg; the other fields are ignored
	Axes        []int
	Least, Most float64
	Rate        float64
}

// constrain adds the projection of a variable after its update.
func constrain(s *op.Scope, v variable, c *Constraint, updated *tf.Operation) *tf.Operation {
	if c == nil || s.Err() != nil {
		return updated
	}
	s = s.SubScope("constraint").WithControlDependencies(updated)
	constant := func(name string, x float64) tf.Output { return op.Const(s.SubScope(name), float32(x)) }
	w := op.ReadVariableOp(s, v.handle, tf.Float)
	if c.NonNegative {
		return op.AssignVariableOp(s, v.handle, op.Relu(s, w))
	}
	axes := make([]int32, len(c.Axes))
	for i, a := range c.Axes {
		axes[i] = int32(a)
	}
	norm := op.Sqrt(s, op.Sum(s, op.Square(s, w), op.Const(s.SubScope("axes"), axes), op.SumKeepDims(true)))
	wanted := op.Minimum(s, op.Maximum(s, norm, constant("least", c.Least)), constant("most", c.Most))
	if c.Rate != 1 {
		wanted = op.AddV2(s.SubScope("moved"), op.Mul(s.SubScope("wanted"), wanted, constant("rate", c.Rate)),
			op.Mul(s.SubScope("kept"), norm, constant("rest", 1-c.Rate)))
	}
	factor := op.Div(s, wanted, op.AddV2(s, norm, constant("epsilon", 1e-7)))
	return op.AssignVariableOp(s, v.handle, op.Mul(s, w, factor))
}
