package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// calculation adds float32 operations to a scope, each in its own sub-scope.
type calculation struct{ s *op.Scope }

func (c calculation) number(v float64) tf.Output   { return scalar(c.s, "number", v) }
func (c calculation) add(a, b tf.Output) tf.Output { return op.AddV2(c.s.SubScope("add"), a, b) }
func (c calculation) sub(a, b tf.Output) tf.Output { return op.Sub(c.s.SubScope("sub"), a, b) }
func (c calculation) mul(a, b tf.Output) tf.Output { return op.Mul(c.s.SubScope("mul"), a, b) }
func (c calculation) div(a, b tf.Output) tf.Output { return op.Div(c.s.SubScope("div"), a, b) }
func (c calculation) min(a, b tf.Output) tf.Output { return op.Minimum(c.s.SubScope("min"), a, b) }
func (c calculation) max(a, b tf.Output) tf.Output { return op.Maximum(c.s.SubScope("max"), a, b) }
func (c calculation) pow(a, b tf.Output) tf.Output { return op.Pow(c.s.SubScope("pow"), a, b) }
func (c calculation) sqrt(a tf.Output) tf.Output   { return op.Sqrt(c.s.SubScope("sqrt"), a) }
func (c calculation) square(a tf.Output) tf.Output { return op.Square(c.s.SubScope("square"), a) }
func (c calculation) floor(a tf.Output) tf.Output  { return op.Floor(c.s.SubScope("floor"), a) }
func (c calculation) ceil(a tf.Output) tf.Output   { return op.Ceil(c.s.SubScope("ceil"), a) }
func (c calculation) cos(a tf.Output) tf.Output    { return op.Cos(c.s.SubScope("cos"), a) }
func (c calculation) float(i tf.Output) tf.Output  { return op.Cast(c.s.SubScope("float"), i, tf.Float) }
func (c calculation) read(v tf.Output) tf.Output {
	return op.ReadVariableOp(c.s.SubScope("read"), v, tf.Float)
}
func (c calculation) assign(v, x tf.Output) *tf.Operation {
	return op.AssignVariableOp(c.s.SubScope("assign"), v, x)
}

// after returns a calculation whose operations run after others.
func (c calculation) after(done ...*tf.Operation) calculation {
	return calculation{c.s.WithControlDependencies(done...)}
}

// ifLess returns x where a < b, else y.
func (c calculation) ifLess(a, b, x, y tf.Output) tf.Output {
	less := op.Less(c.s.SubScope("less"), a, b)
	if c.s.Err() != nil {
		return x
	}
	o := c.s.SubScope("if").AddOperation(tf.OpSpec{Type: "SelectV2", Input: []tf.Input{less, x, y}}) // the bindings have no wrapper for it
	if o == nil {
		return x
	}
	return o.Output(0)
}
