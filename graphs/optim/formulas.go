package optim

import "math"

// arithmetic computes with numbers of a type: Go's numbers, or tensors of a graph.
type arithmetic[T any] interface {
	number(v float64) T
	add(a, b T) T
	sub(a, b T) T
	mul(a, b T) T
	div(a, b T) T
	min(a, b T) T
	pow(a, b T) T
	floor(a T) T
	ceil(a T) T
	cos(a T) T
	ifLess(a, b, x, y T) T // x where a < b, else y
}

// scheduled returns the learning rate after a number of steps, by Keras's formulas:
//
//	ExponentialDecay: initial * rate^(step/steps)
//	InverseTimeDecay: initial / (1 + rate*step/steps)
//	PolynomialDecay:  (initial-end) * (1 - step/steps)^power + end
//	CosineDecay:      initial * ((1-alpha) * (1 + cos(pi*step/steps))/2 + alpha)
//
// With staircase, step/steps is rounded down. PolynomialDecay and CosineDecay end after
// steps; with cycle, steps is replaced by its next multiple. A warm-up rises from
// initial to warmup_target, from which CosineDecay then descends.
func scheduled[T any](c arithmetic[T], d Decay, step T) T {
	initial, steps, one := c.number(d.InitialRate), c.number(d.DecaySteps), c.number(1)
	progress := func() T {
		if p := c.div(step, steps); !d.Staircase {
			return p
		} else {
			return c.floor(p)
		}
	}
	switch d.Class {
	case "ExponentialDecay":
		return c.mul(initial, c.pow(c.number(d.DecayRate), progress()))
	case "InverseTimeDecay":
		return c.div(initial, c.add(one, c.mul(c.number(d.DecayRate), progress())))
	case "PolynomialDecay":
		end := c.number(d.EndRate)
		if d.Cycle {
			turns := c.ifLess(step, c.number(0.5), one, c.ceil(c.div(step, steps))) // the first step is in the first cycle
			steps = c.mul(steps, turns)
		} else {
			step = c.min(step, steps)
		}
		left := c.sub(one, c.div(step, steps))
		return c.add(c.mul(c.sub(initial, end), c.pow(left, c.number(d.Power))), end)
	case "CosineDecay":
		return cosine(c, d, step)
	}
	rate := c.number(d.Values[0])
	for i, boundary := range d.Boundaries {
		rate = c.ifLess(c.number(math.Trunc(boundary)), step, c.number(d.Values[i+1]), rate)
	}
	return rate
}

func cosine[T any](c arithmetic[T], d Decay, step T) T {
	from, one, half, steps := c.number(d.InitialRate), c.number(1), c.number(0.5), c.number(d.DecaySteps)
	descent := func(from, step T) T {
		turned := c.cos(c.mul(c.number(math.Pi), c.div(step, steps)))
		wave := c.mul(half, c.add(one, turned))
		return c.mul(from, c.add(c.mul(c.number(1-d.Alpha), wave), c.number(d.Alpha)))
	}
	if d.WarmupTarget == nil {
		return descent(from, c.min(step, steps))
	}
	target, warmup := c.number(*d.WarmupTarget), c.number(d.WarmupSteps)
	step = c.min(step, c.add(steps, warmup))
	down := descent(target, c.sub(step, warmup))
	if d.WarmupSteps == 0 {
		return down
	}
	up := c.add(c.mul(c.sub(target, from), c.div(step, warmup)), from)
	return c.ifLess(step, warmup, up, down)
}

// plain is the arithmetic of Go's numbers.
type plain struct{}

func (plain) number(v float64) float64 { return v }
func (plain) add(a, b float64) float64 { return a + b }
func (plain) sub(a, b float64) float64 { return a - b }
func (plain) mul(a, b float64) float64 { return a * b }
func (plain) div(a, b float64) float64 { return a / b }
func (plain) min(a, b float64) float64 { return min(a, b) }
func (plain) pow(a, b float64) float64 { return math.Pow(a, b) }
func (plain) floor(a float64) float64  { return math.Floor(a) }
func (plain) ceil(a float64) float64   { return math.Ceil(a) }
func (plain) cos(a float64) float64    { return math.Cos(a) }

func (plain) ifLess(a, b, x, y float64) float64 {
	if a < b {
		return x
	}
	return y
}
