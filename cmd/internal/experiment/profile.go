package experiment

import (
	"time"

	"github.com/tflab/tflab/cmd/internal/profile"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/trace"
)

// The steps that a profile records. The first ones plan, allocate and warm up.
const (
	profileWarmup = 20
	profileSteps  = 10
)

// profiled is the callback that records some steps and leaves them in a folder.
func (r *run) profiled() fit.Callback {
	return fit.Profile(fit.Profiling{Warmup: profileWarmup, Steps: profileSteps,
		Write: func(steps []trace.Step, untraced time.Duration) error {
			return profile.Profile{Network: r.Network.Name(), Steps: steps, Untraced: untraced}.Write(r.Profile)
		}})
}
