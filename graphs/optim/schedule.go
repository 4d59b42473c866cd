package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Schedule computes the learning rate of a step from the base rate and the number of
// steps done before. A nil Schedule keeps the base rate.
type Schedule interface {
	// Rate adds the computation to a graph: base is a float32 scalar,
	// iterations an int64 scalar, the result a float32 scalar.
	Rate(s *op.Scope, base, iterations tf.Output) tf.Output
	// At computes the same outside a graph.
	At(base float64, iterations int64) float64
	// Fixed reports whether the rate does not depend on the base rate.
	Fixed() bool
}

type inverseTimeDecay struct{ decay float64 }

// InverseTimeDecay is Keras's `decay` argument: lr = base / (1 + decay*iterations),
// where iterations counts batches from 0. A decay of 0 returns nil.
func InverseTimeDecay(decay float64) Schedule {
	if decay == 0 {
		return nil
	}
	return inverseTimeDecay{decay}
}

func (d inverseTimeDecay) Rate(s *op.Scope, base, iterations tf.Output) tf.Output {
	s = s.SubScope("InverseTimeDecay")
	done := op.Cast(s.SubScope("iterations"), iterations, tf.Float)
	return op.Div(s, base, op.AddV2(s.SubScope("denominator"), scalar(s, "one", 1),
		op.Mul(s.SubScope("grown"), scalar(s, "decay", d.decay), done)))
}

func (d inverseTimeDecay) At(base float64, iterations int64) float64 {
	return base / (1 + d.decay*float64(iterations))
}

func (inverseTimeDecay) Fixed() bool { return false }
