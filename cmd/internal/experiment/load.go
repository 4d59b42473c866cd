package experiment

import (
	"context"
	"errors"
	"fmt"

	"github.com/tflab/tflab/cmd/internal/tflog"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// load loads the data onto the device and checks that a step has enough memory. If any
// device may be used, the CPU replaces a GPU with too little memory.
func (r *run) load(ctx context.Context, train *dataset.Set) error {
	anyDevice := r.Device == "" || r.Device == graphs.Auto
	err := r.tryStep(train)
	var short *graphs.MemoryError
	if errors.As(err, &short) && anyDevice && r.program.Device() != graphs.CPU {
		r.events.Warn(fmt.Sprintf("running on the CPU: %v", short))
		r.program.Close()
		r.program, r.Device = nil, graphs.CPU
		if err = r.compile(ctx); err == nil {
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

// tryStep loads the data and, on a GPU, tries a step. It hides the log lines of
// TensorFlow's first step.
func (r *run) tryStep(train *dataset.Set) error {
	return tflog.Unless(r.TFLog, func() error {
		if err := r.program.Training.Load(train); err != nil {
			return err
		}
		return r.program.Try(r.Recipe.BatchSize)
	})
}
