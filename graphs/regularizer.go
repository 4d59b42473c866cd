package graphs

import (
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Regularizer is a penalty on a weight that is added to the loss, like Keras's L1, L2
// and L1L2 (keras/src/regularizers/regularizers.py):
//
//	L1*sum(|w|) + L2*sum(w*w)
type Regularizer struct{ L1, L2 float64 }

// penalties returns the sum of the penalties of the trained weights in a pass, a float32
// scalar. It is unset if there are none.
func (p *Program) penalties(s *op.Scope, pass Pass) tf.Output {
	var all []tf.Output
	s = s.SubScope("penalties")
	for _, w := range trained(p.model.Weights()) {
		value := pass.Float32[w.Name]
		if l1 := w.Regularizer.L1; l1 != 0 {
			ws := s.SubScope("l1")
			flat := op.Reshape(ws, op.Abs(ws, value), op.Const(ws.SubScope("vector"), []int32{-1}))
			all = append(all, op.Mul(ws, op.Const(ws.SubScope("factor"), float32(l1)), op.Sum(ws, flat, op.Const(ws.SubScope("axis"), []int32{0}))))
		}
		if l2 := w.Regularizer.L2; l2 != 0 { // the kernel returns half of the sum
			ws := s.SubScope("l2")
			all = append(all, op.Mul(ws, op.Const(ws.SubScope("factor"), float32(2*l2)), op.L2Loss(ws, value)))
		}
	}
	switch {
	case len(all) == 0 || s.Err() != nil:
		return tf.Output{}
	case len(all) == 1:
		return all[0]
	}
	return op.AddN(s.SubScope("sum"), all)
}

// regularized adds the gradients of the penalties to those of the trained weights:
// L1*sign(w) + 2*L2*w.
func (p *Program) regularized(s *op.Scope, pass Pass, gradients []tf.Output) []tf.Output {
	all := make([]tf.Output, len(gradients))
	for i, w := range trained(p.model.Weights()) {
		terms := []tf.Output{gradients[i]}
		ws := s.SubScope("regularized_" + strconv.Itoa(i))
		value := pass.Float32[w.Name]
		if l1 := w.Regularizer.L1; l1 != 0 {
			terms = append(terms, op.Mul(ws.SubScope("l1"), op.Const(ws.SubScope("factor"), float32(l1)), op.Sign(ws, value)))
		}
		if l2 := w.Regularizer.L2; l2 != 0 {
			terms = append(terms, op.Mul(ws.SubScope("l2"), op.Const(ws.SubScope("factor"), float32(2*l2)), value))
		}
		if all[i] = gradients[i]; len(terms) > 1 && s.Err() == nil {
			all[i] = op.AddN(ws, terms)
		}
	}
	return all
}
