package experiment

import (
	"github.com/tflab/tflab/cmd/internal/machine"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
)

// startClock records when the first training step of this process ends. If the system
// does not report times, they stay 0: a missing time is no reason to fail.
type startClock struct {
	fit.Nothing
	seconds float64 // since the start of the process; 0 until the first step ends
}

// Step implements fit.Callback.
func (k *startClock) Step(*fit.Run) error {
	if k.seconds > 0 {
		return nil
	}
	if age, err := machine.ProcessAge(); err == nil {
		k.seconds = age.Seconds()
	}
	return nil
}

// timing returns the times of this process so far.
func (k *startClock) timing() runfolder.Timing {
	t := runfolder.Timing{Startup: k.seconds}
	if age, err := machine.ProcessAge(); err == nil {
		t.Total = age.Seconds()
	}
	if peak, err := machine.PeakMemory(); err == nil {
		t.Peak = peak
	}
	return t
}
