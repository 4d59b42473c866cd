package optim

import (
	"maps"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Clipper is an optimizer that limits the gradients before the update.
type Clipper interface {
	// Clip adds the operations that limit the gradients of all weights.
	Clip(s *op.Scope, gradients []tf.Output) []tf.Output
}

// extensions returns the hyperparameters common to all of Keras's optimizers, which
// change the gradients or the weights before the update
// (keras/src/optimizers/base_optimizer.py). 0 means off.
func extensions() []parameter {
	return []parameter{{"weight_decay", 0, notNegative}, {"clipnorm", 0, notNegative}, {"global_clipnorm", 0, notNegative}, {"clipvalue", 0, notNegative}}
}

// extended is an optimizer with some of the extensions.
type extended struct {
	Optimizer
	h values
}

func extend(o Optimizer, h values) Optimizer {
	for _, p := range extensions() {
		if h[p.name] != 0 {
			return extended{o, h}
		}
	}
	return o
}

func (e extended) Hyperparameters() map[string]float64 {
	all := e.Optimizer.Hyperparameters()
	for _, p := range extensions() {
		maps.Copy(all, e.h.of(nil, p.name))
	}
	return all
}

// Clip limits the norm of each gradient, or of all together, or each number, in
// this order of precedence, as Keras has it:
//
//	clipnorm:        g *= clipnorm / max(|g|, clipnorm)
//	global_clipnorm: g *= global_clipnorm * min(1/|all g|, 1/global_clipnorm)
//	clipvalue:       g = min(max(g, -clipvalue), clipvalue)
func (e extended) Clip(s *op.Scope, gradients []tf.Output) []tf.Output {
	s = s.SubScope("clip")
	c := calculation{s}
	clipped := make([]tf.Output, len(gradients))
	switch {
	case e.h["clipnorm"] > 0:
		limit := c.number(e.h["clipnorm"])
		for i, g := range gradients {
			norm := c.sqrt(sumOfSquares(c, g))
			clipped[i] = c.div(c.mul(g, limit), c.max(norm, limit))
		}
	case e.h["global_clipnorm"] > 0:
		var squares []tf.Output
		for _, g := range gradients {
			squares = append(squares, sumOfSquares(c, g))
		}
		norm := c.sqrt(op.AddN(s.SubScope("squares"), squares))
		limit := c.number(e.h["global_clipnorm"])
		one := c.number(1)
		scale := c.add(c.mul(limit, c.min(c.div(one, norm), c.div(one, limit))), c.sub(norm, norm)) // NaN if the norm is not finite
		for i, g := range gradients {
			clipped[i] = c.mul(g, scale)
		}
	case e.h["clipvalue"] > 0:
		limit := e.h["clipvalue"]
		low, high := c.number(-limit), c.number(limit)
		for i, g := range gradients {
			clipped[i] = op.ClipByValue(s.SubScope("value"), g, low, high)
		}
	default:
		return gradients
	}
	return clipped
}

// sumOfSquares returns a scalar. The kernel computes half of it.
func sumOfSquares(c calculation, x tf.Output) tf.Output {
	return c.mul(c.number(2), op.L2Loss(c.s.SubScope("half"), x))
}

// Update decays the weight before the optimizer's update (Loshchilov and Hutter, 2019,
// "Decoupled weight decay regularization"):
//
//	w -= w * weight_decay * lr
func (e extended) Update(s *op.Scope, w Weight) *tf.Operation {
	decay := e.h["weight_decay"]
	if decay == 0 || s.Err() != nil {
		return e.Optimizer.Update(s, w)
	}
	// The operations that compute the gradient must read the weight before it changes.
	own := s.SubScope("WeightDecay").WithControlDependencies(w.Gradient.Op)
	c := calculation{own}
	decayed := op.AssignSubVariableOp(own, w.Variable, c.mul(c.mul(c.read(w.Variable), c.number(decay)), w.LearningRate))
	return e.Optimizer.Update(s.WithControlDependencies(decayed), w)
}
