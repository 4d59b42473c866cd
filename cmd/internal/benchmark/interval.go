package benchmark

import (
	"fmt"
	"math"

	"golang.org/x/perf/benchmath"
)

// Interval is a confidence interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// confidence is the confidence level of all intervals.
const confidence = 0.95

// stepInterval returns the confidence interval of the median ratio of the best peer's
// step to the contender's. The ratios are those of the epochs of all rounds, without
// the first epoch of each. It returns nil if there are too few ratios for the
// confidence level, or no peer.
func (n *Network) stepInterval(c *Contender) *Interval {
	var ratios []float64
	for round, r := range c.Runs {
		if r == nil {
			continue
		}
		best := n.best(round, step, c.Precision)
		if best == nil || best == r {
			continue
		}
		for epoch := 1; epoch < min(len(r.Steps), len(best.Steps)); epoch++ {
			ratios = append(ratios, best.Steps[epoch]/r.Steps[epoch])
		}
	}
	if len(ratios) == 0 {
		return nil
	}
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(ratios, &benchmath.DefaultThresholds), confidence)
	if math.IsInf(s.Lo, 0) || math.IsInf(s.Hi, 0) {
		return nil
	}
	return &Interval{Low: s.Lo, High: s.Hi}
}

// Holds reports whether a value lies in the interval.
func (i *Interval) Holds(v float64) bool { return i.Low <= v && v <= i.High }

// spread formats the median step in milliseconds, with the best and the worst run.
func (s *Summary) spread() string {
	return fmt.Sprintf("%s (%s–%s)", number(1e3*s.Step, 2), number(1e3*s.BestStep, 2), number(1e3*s.WorstStep, 2))
}

// stepRatio formats the ratio of a step with its interval, and marks differences within
// the noise.
func (s *Summary) stepRatio() string {
	ratio := number(s.StepRatio, 2)
	switch {
	case s.StepRatio == 0 || s.StepRatio == 1 && s.StepInterval == nil: // no peer, or the contender is the best peer
		return ratio
	case s.StepInterval == nil:
		return "? " + ratio
	}
	text := fmt.Sprintf("%s (%.2f–%.2f)", ratio, s.StepInterval.Low, s.StepInterval.High)
	if s.StepInterval.Holds(1) {
		return "~ " + text
	}
	return text
}
