package experiment

import (
	"errors"
	"fmt"

	"github.com/tflab/tflab/cmd/internal/tflog"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// load puts the data on the device and sees that a step has the memory it needs.
// Where any device will do, the CPU takes over from a GPU that has too little.
func (r *run) load(train *dataset.Set) error {
	anyDevice := r.Device == "" || r.Device == graphs.Auto
	err := r.tryStep(train)
	var short *graphs.MemoryError
	if errors.As(err, &short) && anyDevice && r.program.Device() != graphs.CPU {
		r.events.Warn(fmt.Sprintf("running on the CPU: %v", short))
		r.program.Close()
		r.program, r.Device = nil, graphs.CPU
		if err = r.compile(); err == nil {
			err = r.tryStep(train)
		}
	}
	if err != nil {
		return err
	}
	if notice := r.program.Training.Notice(); notice != "" {
		r.events.Warn(notice)
	}
	return nil
}

// tryStep loads the data and, on a GPU, tries a step: TensorFlow says much at the
// first one.
func (r *run) tryStep(train *dataset.Set) error {
	return tflog.Unless(r.TFLog, func() error {
		if err := r.program.Training.Load(train); err != nil {
			return err
		}
		return r.program.Try(r.Recipe.BatchSize)
	})
}
