package benchmark

import (
	"fmt"
	"math"
	"slices"

	"github.com/tflab/tflab/cmd/internal/report"
)

// Network is what was measured of one network.
type Network struct {
	Name         string       `json:"name"`
	Batch        int          `json:"batch"`
	Examples     int          `json:"training_examples"` // of an epoch
	Epochs       int          `json:"epochs"`
	MultiplyAdds int          `json:"multiply_adds"`      // of one example's forward pass
	StepWork     int          `json:"step_multiply_adds"` // of one example in a training step
	Contenders   []*Contender `json:"contenders"`
	Scaling      []Point      `json:"scaling,omitempty"`
}

// Contender is one program with its settings.
type Contender struct {
	Name      string   `json:"name"`
	Peer      string   `json:"peer,omitempty"` // which peer of tflab this is a setting of, such as keras-tf; "": tflab
	Precision string   `json:"precision"`
	Flags     []string `json:"flags"`
	Runs      []*Run   `json:"runs"` // one a round; nil in a round that it sat out
	Summary   *Summary `json:"summary,omitempty"`
}

// Point is tflab's speed with a batch and what works on it.
type Point struct {
	Batch int `json:"batch"`
	Parallelism
	Step float64 `json:"step_seconds"`
}

// Parallelism is a number of threads and that of the replicas that have them.
type Parallelism struct {
	Threads  int `json:"threads"`
	Replicas int `json:"replicas"`
}

// String is the heading of a column.
func (p Parallelism) String() string {
	if p.Replicas > 1 {
		return fmt.Sprintf("threads: %d, replicas: %d", p.Threads, p.Replicas)
	}
	return fmt.Sprintf("threads: %d", p.Threads)
}

// Summary is a contender's rounds in one. A ratio is how many times as much the
// best peer took in the same round, quantity by quantity; the median of the rounds,
// 0 where there is none. The best peer is one in float32 or in the contender's own
// precision.
type Summary struct {
	BestStep  float64 `json:"best_step_seconds"`
	WorstStep float64 `json:"worst_step_seconds"`
	Step      float64 `json:"step_seconds"` // this and all below: medians
	StepRatio float64 `json:"step_ratio,omitempty"`
	// StepInterval holds the median ratio of a step with a confidence of 95 %, if there are
	// enough epochs.
	StepInterval *Interval `json:"step_ratio_interval,omitempty"`
	Total        float64   `json:"process_seconds"`
	TotalRatio   float64   `json:"process_ratio,omitempty"`
	Startup      float64   `json:"first_step_seconds"`
	StartupRatio float64   `json:"first_step_ratio,omitempty"`
	Peak         float64   `json:"peak_bytes"`
	PeakRatio    float64   `json:"peak_ratio,omitempty"`
	Share        float64   `json:"share_of_limit,omitempty"` // see Network.share
	OtherLoad    float64   `json:"other_load"`               // see Run.OtherLoad
}

// Steps is the number of steps of an epoch.
func (n *Network) Steps() int { return (n.Examples + n.Batch - 1) / n.Batch }

// Hopeless says whether a peer took so much longer than another one in the round, for
// a step and as a process, that it cannot be the best in the next one. A peer without
// any setting is of interest all the same.
func (n *Network) Hopeless(c *Contender, round int) bool {
	const margin = 2
	if c.Peer == "" || len(c.Flags) == 0 || c.at(round) == nil {
		return false
	}
	beyond := func(q quantity) bool { return q(c.at(round)) > margin*n.bestPeer(round, q, c.Precision) }
	return beyond(step) && beyond(total)
}

// at is the run of a round, nil where there is none.
func (c *Contender) at(round int) *Run {
	if round >= len(c.Runs) {
		return nil
	}
	return c.Runs[round]
}

func (c *Contender) values(q quantity) []float64 {
	var all []float64
	for _, r := range c.Runs {
		if r != nil {
			all = append(all, q(r))
		}
	}
	return all
}

// best is the peer that took least of a quantity in a round, of those in float32 and in
// a precision; nil where there is none.
func (n *Network) best(round int, q quantity, precision string) (best *Run) {
	for _, c := range n.Contenders {
		suits := c.Precision == precision || c.Precision == "float32"
		if r := c.at(round); c.Peer != "" && suits && r != nil && (best == nil || q(r) < q(best)) {
			best = r
		}
	}
	return best
}

// bestPeer is what the best peer took, +Inf where there is none.
func (n *Network) bestPeer(round int, q quantity, precision string) float64 {
	if r := n.best(round, q, precision); r != nil {
		return q(r)
	}
	return math.Inf(1)
}

// summarise sums a contender's rounds up; nil before its first. rates are the
// machine's multiplications of matrices by precision.
func (n *Network) summarise(c *Contender, rates []Rate) *Summary {
	steps := c.values(step)
	if len(steps) == 0 {
		return nil
	}
	s := &Summary{BestStep: slices.Min(steps), WorstStep: slices.Max(steps), Step: report.Median(steps), StepRatio: n.ratio(c, step),
		Total: report.Median(c.values(total)), TotalRatio: n.ratio(c, total),
		Startup: report.Median(c.values(startup)), StartupRatio: n.ratio(c, startup),
		Peak: report.Median(c.values(peak)), PeakRatio: n.ratio(c, peak)}
	s.Share = n.share(s.Step, c.Precision, rates)
	s.StepInterval, s.OtherLoad = n.stepInterval(c), report.Median(c.values(otherLoad))
	return s
}

// ratio is the median over the rounds of the peers' least to the contender's own.
func (n *Network) ratio(c *Contender, q quantity) float64 {
	return within(c, func(round int, r *Run) float64 { return n.bestPeer(round, q, c.Precision) / q(r) })
}

// relative is the median over the rounds of another contender's to its own.
func relative(c, other *Contender, q quantity) float64 {
	return within(c, func(round int, r *Run) float64 {
		if o := other.at(round); o != nil {
			return q(o) / q(r)
		}
		return math.NaN()
	})
}

// within is the median of a ratio over the rounds in which it can be had, 0 if
// there are none.
func within(c *Contender, ratio func(round int, r *Run) float64) float64 {
	var all []float64
	for round, r := range c.Runs {
		if r == nil {
			continue
		}
		if v := ratio(round, r); !math.IsNaN(v) && !math.IsInf(v, 0) {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return 0
	}
	return report.Median(all)
}

// StepWork is the multiply-adds of one example in a training step, given those of
// each layer's forward pass: backward go two products as large, by the weights and
// by the input, but nobody asks for the gradient by the images.
func StepWork(layers []int) (sum int) {
	for _, n := range layers {
		if sum == 0 {
			sum = 2 * n
		} else {
			sum += 3 * n
		}
	}
	return sum
}

// share is the part of the machine's rate that a step reaches: a multiply-add is
// two operations. 0 where the rate was not measured.
func (n *Network) share(step float64, precision string, rates []Rate) float64 {
	const operations = 2
	for _, r := range rates {
		if r.Precision == precision {
			return operations * float64(n.StepWork) * float64(n.Batch) / step / r.Operations
		}
	}
	return 0
}
