package optim

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// nadam is Adam with Nesterov momentum (Dozat, 2016, "Incorporating Nesterov momentum
// into Adam"), with Keras's formulas:
//
//	u(t) = beta1 * (1 - 0.5*0.96^t), and U(t) is the product of u(1) to u(t)
//	m = beta1*m + (1-beta1)*g
//	v = beta2*v + (1-beta2)*g*g
//	n = u(t+1)*m/(1-U(t+1)) + (1-u(t))*g/(1-U(t))
//	w -= lr * n / (sqrt(v/(1-beta2^t)) + epsilon)
//
// TensorFlow has no kernel for it, so the update is composed of basic operations. Each
// weight has its own copy of U.
type nadam struct {
	learningRate float64
	h            values
}

func newNadam(rate float64, h values) Optimizer { return nadam{rate, h} }

func (n nadam) Name() string          { return "nadam" }
func (n nadam) LearningRate() float64 { return n.learningRate }

func (n nadam) Slots() []Slot {
	return append(zeroSlots("momentum", "velocity"), Slot{Name: "u_product", Initial: 1, Scalar: true})
}

func (n nadam) Hyperparameters() map[string]float64 {
	return n.h.of([]string{"beta_1", "beta_2", "epsilon"})
}

func (n nadam) Update(s *op.Scope, w Weight) *tf.Operation {
	if s.Err() != nil {
		return nil
	}
	s = s.SubScope("Nadam")
	c := calculation{s}
	one, beta1, beta2 := c.number(1), c.number(n.h["beta_1"]), c.number(n.h["beta_2"])
	t := c.add(c.float(w.Iterations), one)
	schedule := func(t tf.Output) tf.Output { // u(t)
		return c.mul(beta1, c.sub(one, c.mul(c.number(0.5), c.pow(c.number(0.96), t))))
	}
	now, next := schedule(t), schedule(c.add(t, one))
	product := c.mul(c.read(w.Slots[2]), now)
	mean := func(slot tf.Output, rest float64, x tf.Output) tf.Output {
		old := c.read(slot)
		return c.add(old, c.mul(c.sub(x, old), c.number(rest)))
	}
	m, v := mean(w.Slots[0], 1-n.h["beta_1"], w.Gradient), mean(w.Slots[1], 1-n.h["beta_2"], c.square(w.Gradient))
	ahead := c.add(c.div(c.mul(next, m), c.sub(one, c.mul(product, next))), c.div(c.mul(c.sub(one, now), w.Gradient), c.sub(one, product)))
	size := c.add(c.sqrt(c.div(v, c.sub(one, c.pow(beta2, t)))), c.number(n.h["epsilon"]))
	kept := c.after(w.Gradient.Op) // without a gradient, for example after an overflow of float16, nothing may change
	return op.AssignSubVariableOp(s.WithControlDependencies(kept.assign(w.Slots[0], m), kept.assign(w.Slots[1], v), kept.assign(w.Slots[2], product)),
		w.Variable, c.div(c.mul(ahead, w.LearningRate), size))
}
