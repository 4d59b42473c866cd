package layers

import (
	"fmt"
	"math"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Activation is a function applied to each element, or to the last axis.
type Activation string

// The activations, by Keras's names, with Keras 3's formulas
// (keras/src/activations/activations.py). The zero value is Linear.
const (
	Linear      Activation = "linear"
	ReLU        Activation = "relu"
	Softmax     Activation = "softmax"      // over the last axis
	LeakyReLU   Activation = "leaky_relu"   // max(x, 0.2x)
	ReLU6       Activation = "relu6"        // min(max(x, 0), 6)
	ELU         Activation = "elu"          // x, or exp(x)-1 below 0
	SELU        Activation = "selu"         // 1.0507x, or 1.7581(exp(x)-1) below 0
	GELU        Activation = "gelu"         // x(1+erf(x/√2))/2
	SiLU        Activation = "silu"         // x·sigmoid(x)
	Sigmoid     Activation = "sigmoid"      // 1/(1+exp(-x))
	Tanh        Activation = "tanh"         //
	Softplus    Activation = "softplus"     // log(1+exp(x))
	Softsign    Activation = "softsign"     // x/(1+|x|)
	HardSigmoid Activation = "hard_sigmoid" // relu6(x+3)/6
)

// Activations returns all activations.
func Activations() []Activation {
	return []Activation{Linear, ReLU, Softmax, LeakyReLU, ReLU6, ELU, SELU, GELU, SiLU, Sigmoid, Tanh, Softplus, Softsign, HardSigmoid}
}

// Known reports whether a is one of Activations.
func (a Activation) Known() bool { return slices.Contains(Activations(), a) }

func (a Activation) apply(b *graphs.Builder, x tf.Output) tf.Output {
	if a == "" || a == Linear || b.Failed() {
		return x
	}
	if a == ReLU {
		return b.ReLU(x)
	}
	if !a.Known() {
		b.Fail(fmt.Errorf("unknown activation %q: want one of %v", string(a), Activations()))
		return x
	}
	s := b.Scope(string(a))
	switch a {
	case Softmax:
		return op.Softmax(s, x)
	case LeakyReLU:
		return op.LeakyRelu(s, x, op.LeakyReluAlpha(0.2))
	case ReLU6:
		return op.Relu6(s, x)
	case ELU:
		return op.Elu(s, x)
	case SELU:
		return op.Selu(s, x)
	case GELU:
		erf := op.Erf(s, op.Mul(s.SubScope("argument"), x, constant(s, "root", math.Sqrt(0.5), x)))
		return op.Mul(s, op.Mul(s.SubScope("half"), x, constant(s, "half", 0.5, x)), op.AddV2(s, erf, constant(s, "one", 1, x)))
	case SiLU:
		return op.Mul(s, x, op.Sigmoid(s, x))
	case Sigmoid:
		return op.Sigmoid(s, x)
	case Tanh:
		return op.Tanh(s, x)
	case Softplus: // the bindings have no function for it
		return s.AddOperation(tf.OpSpec{Type: "Softplus", Input: []tf.Input{x}}).Output(0)
	case Softsign:
		return op.Softsign(s, x)
	}
	return op.Mul(s, op.Relu6(s, op.AddV2(s, x, constant(s, "three", 3, x))), constant(s, "sixth", 1.0/6, x)) // hard_sigmoid
}

// constant returns a number of x's type.
func constant(s *op.Scope, name string, v float64, x tf.Output) tf.Output {
	s = s.SubScope(name)
	if s.Err() != nil {
		return x
	}
	if x.DataType() == tf.Double {
		return op.Const(s, v)
	}
	return op.Cast(s, op.Const(s, float32(v)), x.DataType())
}
