package experiment

import (
	"github.com/tflab/tflab/cmd/internal/machine"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
)

// startClock notes when the first training step of this process ends. Where the
// system does not tell, times stay 0: a training is worth more than they are.
type startClock struct {
	fit.Nothing
	seconds float64 // since the start of the process; 0 before
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

// timing is what this process has taken so far.
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
