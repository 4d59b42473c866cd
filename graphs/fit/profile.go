package fit

import (
	"errors"
	"slices"
	"time"

	"github.com/tflab/tflab/graphs/trace"
)

// Profiling configures which steps of a run are recorded, and where the record goes.
type Profiling struct {
	Warmup int // number of steps before recording; fewer if the run is short
	Steps  int // number of recorded steps
	// Write is called with the record when it is complete, or at the end of a shorter
	// run. untraced is the median time of the warm-up's steps after the first, or 0 if
	// there are none.
	Write func(steps []trace.Step, untraced time.Duration) error
}

// Profile returns a callback that records some steps after a warm-up. It does not
// change the results of training. The program must be compiled with
// graphs.Options.Traced.
func Profile(p Profiling) Callback { return &profile{Profiling: p} }

type profile struct {
	Nothing
	Profiling
	done     int // steps of this run
	last     time.Time
	untraced []time.Duration
	steps    []trace.Step
	written  bool
}

func (p *profile) reset() { *p = profile{Profiling: p.Profiling} }

func (p *profile) Begin(r *Run) error {
	left := int(int64(r.Epochs)*int64(r.Steps) - r.steps())
	p.Warmup = max(0, min(p.Warmup, left-p.Steps))
	if p.Warmup == 0 {
		return r.Program.Trace(p.record)
	}
	return nil
}

func (p *profile) record(s trace.Step) { p.steps = append(p.steps, s) }

// Step starts and ends the trace.
func (p *profile) Step(r *Run) error {
	if p.written {
		return nil
	}
	p.done++
	switch {
	case len(p.steps) == p.Steps:
		return p.finish(r)
	case p.done == p.Warmup:
		return r.Program.Trace(p.record)
	case p.done < p.Warmup:
		now := time.Now()
		if p.done > 1 && r.Step > 1 { // within an epoch
			p.untraced = append(p.untraced, now.Sub(p.last))
		}
		p.last = now
	}
	return nil
}

func (p *profile) End(r *Run, _ error) error {
	if p.written || len(p.steps) == 0 {
		return nil
	}
	return p.finish(r)
}

func (p *profile) finish(r *Run) error {
	p.written = true
	return errors.Join(r.Program.Trace(nil), p.Write(p.steps, median(p.untraced)))
}

func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
