package experiment

import (
	"time"

	"github.com/tflab/tflab/cmd/internal/profile"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/trace"
)

// The steps that a profile records. The first steps are not recorded, since TensorFlow
// plans, allocates memory and warms up in them.
const (
	profileWarmup = 20
	profileSteps  = 10
)

// profiled returns the callback that records some steps and writes the record to a
// folder.
func (r *run) profiled() fit.Callback {
	return fit.Profile(fit.Profiling{Warmup: profileWarmup, Steps: profileSteps,
		Write: func(steps []trace.Step, untraced time.Duration) error {
			return profile.Profile{Network: r.Network.Name(), Steps: steps, Untraced: untraced}.Write(r.Profile)
		}})
}
