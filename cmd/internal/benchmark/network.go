package benchmark

import (
	"fmt"
	"math"
	"slices"

	"github.com/tflab/tflab/cmd/internal/report"
)

// Network holds the measurements of a network.
type Network struct {
	Name         string       `json:"name"`
	Batch        int          `json:"batch"`
	Examples     int          `json:"training_examples"` // in an epoch
	Epochs       int          `json:"epochs"`
	MultiplyAdds int          `json:"multiply_adds"`      // of the forward pass of one example
	StepWork     int          `json:"step_multiply_adds"` // of a training step, for one example
	Contenders   []*Contender `json:"contenders"`
	Scaling      []Point      `json:"scaling,omitempty"`
}

// Contender is one program with its settings.
type Contender struct {
	Name      string   `json:"name"`
	Peer      string   `json:"peer,omitempty"` // the peer of tflab, such as keras-tf, whose setting this is; "" means tflab
	Precision string   `json:"precision"`
	Flags     []string `json:"flags"`
	Runs      []*Run   `json:"runs"` // one per round; nil for a round that the contender skipped
	Summary   *Summary `json:"summary,omitempty"`
}

// Point is tflab's speed with a batch size and a parallelism.
type Point struct {
	Batch int `json:"batch"`
	Parallelism
	Step float64 `json:"step_seconds"`
}

// Parallelism is a number of threads and a number of replicas that share them.
type Parallelism struct {
	Threads  int `json:"threads"`
	Replicas int `json:"replicas"`
}

// String returns the heading of a column.
func (p Parallelism) String() string {
	if p.Replicas > 1 {
		return fmt.Sprintf("threads: %d, replicas: %d", p.Threads, p.Replicas)
	}
	return fmt.Sprintf("threads: %d", p.Threads)
}

// Summary summarizes the rounds of a contender. A ratio is the best peer's quantity
// divided by the contender's quantity in the same round: the median over the rounds, or
// 0 if there is none. The best peer is chosen for each quantity, among the peers in
// float32 and in the contender's own precision.
type Summary struct {
	BestStep  float64 `json:"best_step_seconds"`
	WorstStep float64 `json:"worst_step_seconds"`
	Step      float64 `json:"step_seconds"` // Step and all following fields are medians
	StepRatio float64 `json:"step_ratio,omitempty"`
	// StepInterval is the 95 % confidence interval of the median ratio of a step, or
	// nil if there are too few epochs.
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

// Steps returns the number of steps of an epoch.
func (n *Network) Steps() int { return (n.Examples + n.Batch - 1) / n.Batch }

// Hopeless reports whether a peer took so much longer than another one in the round,
// both for a step and as a process, that it cannot be the best in the next round. A
// peer with its default settings is never hopeless, since its speed is of interest
// anyway.
func (n *Network) Hopeless(c *Contender, round int) bool {
	const margin = 2
	if c.Peer == "" || len(c.Flags) == 0 || c.at(round) == nil {
		return false
	}
	beyond := func(q quantity) bool { return q(c.at(round)) > margin*n.bestPeer(round, q, c.Precision) }
	return beyond(step) && beyond(total)
}

// at returns the run of a round, or nil if there is none.
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

// best returns the run of the peer with the smallest quantity in a round, among the
// peers in float32 and in the given precision, or nil if there is none.
func (n *Network) best(round int, q quantity, precision string) (best *Run) {
	for _, c := range n.Contenders {
		suits := c.Precision == precision || c.Precision == "float32"
		if r := c.at(round); c.Peer != "" && suits && r != nil && (best == nil || q(r) < q(best)) {
			best = r
		}
	}
	return best
}

// bestPeer returns the quantity of the best peer, or +Inf if there is none.
func (n *Network) bestPeer(round int, q quantity, precision string) float64 {
	if r := n.best(round, q, precision); r != nil {
		return q(r)
	}
	return math.Inf(1)
}

// summarise summarizes a contender's rounds. It returns nil before the first round.
// rates are the machine's rates of matrix multiplication by precision.
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

// ratio returns the median over the rounds of the best peer's quantity divided by the
// contender's.
func (n *Network) ratio(c *Contender, q quantity) float64 {
	return within(c, func(round int, r *Run) float64 { return n.bestPeer(round, q, c.Precision) / q(r) })
}

// relative returns the median over the rounds of the other contender's quantity divided
// by c's.
func relative(c, other *Contender, q quantity) float64 {
	return within(c, func(round int, r *Run) float64 {
		if o := other.at(round); o != nil {
			return q(o) / q(r)
		}
		return math.NaN()
	})
}

// within returns the median of a ratio over the rounds in which the ratio exists, or 0
// if there are none.
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

// StepWork returns the multiply-adds of one example in a training step, given those of
// each layer's forward pass. The backward pass has two products as large as the forward
// one, for the gradients of the weights and of the input. The gradient of the images is
// not computed.
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

// share returns the share of the machine's rate that a step reaches, where a
// multiply-add counts as two operations. It returns 0 if the rate was not measured.
func (n *Network) share(step float64, precision string, rates []Rate) float64 {
	const operations = 2
	for _, r := range rates {
		if r.Precision == precision {
			return operations * float64(n.StepWork) * float64(n.Batch) / step / r.Operations
		}
	}
	return 0
}
