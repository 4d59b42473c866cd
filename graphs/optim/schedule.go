package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Schedule makes the learning rate of a step from the base rate and the number
// of steps done before it. A nil Schedule leaves the rate as it is.
type Schedule interface {
	// Rate adds the computation to a graph: base is a float32 scalar,
	// iterations an int64 scalar, the result a float32 scalar.
	Rate(s *op.Scope, base, iterations tf.Output) tf.Output
	// At computes the same outside of a graph.
	At(base float64, iterations int64) float64
	// Fixed says that the base rate is of no account, so that setting another one
	// would change nothing.
	Fixed() bool
}

type inverseTimeDecay struct{ decay float64 }

// InverseTimeDecay is Keras's `decay` argument: lr = base / (1 + decay*iterations),
// iterations counted per batch, 0 at the first. A decay of 0 is no schedule.
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
