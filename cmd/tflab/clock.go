package main

import (
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
)

// startClock notes when the first training step of this process ends.
type startClock struct {
	fit.Nothing
	seconds float64 // since the start of the process; 0 before
}

// Step implements fit.Callback.
func (k *startClock) Step(*fit.Run) error {
	if k.seconds > 0 {
		return nil
	}
	age, err := runfolder.ProcessAge()
	k.seconds = age.Seconds()
	return err
}

// timing is what this process has taken so far.
func (k *startClock) timing() (runfolder.Timing, error) {
	age, err := runfolder.ProcessAge()
	if err != nil {
		return runfolder.Timing{}, err
	}
	peak, err := runfolder.PeakMemory()
	return runfolder.Timing{Startup: k.seconds, Total: age.Seconds(), Peak: peak}, err
}
