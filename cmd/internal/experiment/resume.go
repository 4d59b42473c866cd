package experiment

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
)

// claim creates the run's folder, or opens the one to resume, and locks it.
func (r *run) claim() (release func(), err error) {
	release, err = runfolder.Lock(r.Out)
	if err != nil {
		return nil, err
	}
	if err := r.open(); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

func (r *run) open() (err error) {
	if r.folder, err = runfolder.Open(r.Out); !r.Resume || err != nil {
		if r.folder, err = runfolder.Create(r.Out); err == nil && r.Resume && r.Chosen["resume"] != "" {
			r.events.Warn(fmt.Sprintf("nothing to resume in %s: starting a new run", r.Out))
		}
		return err
	}
	earlier, err := r.folder.Config()
	if err != nil {
		return err
	}
	if changed := earlier.Differences(r.config); len(changed) > 0 {
		return fmt.Errorf("%s cannot be resumed as another run: %s: give the flags it was started with, or another --out", r.Out, strings.Join(changed, "; "))
	}
	if changed := earlier.Elsewhere(r.config); len(changed) > 0 {
		r.events.Warn(fmt.Sprintf("%s continues in another environment: %s: its numbers will not be the same to the last bit, and rounding can grow", r.Out, strings.Join(changed, "; ")))
	}
	if !r.Device.OnCPU() && !(r.Deterministic && earlier.Deterministic) {
		r.events.Warn(fmt.Sprintf("%s continues on a GPU, which adds sums in another order each time: its numbers equal those of an uninterrupted run only up to rounding; with --deterministic, from its start, they are the same", r.Out))
	}
	r.config.ContinueFrom(earlier)
	return nil
}

// chooseReplicas keeps the number of replicas of a resumed run unless the user asked
// for another, because the last bits of the results depend on it.
func (r *run) chooseReplicas() int {
	if len(r.Cluster) > 0 { // each worker is one
		return 1
	}
	if r.Replicas == 0 && r.Resume && r.Device.OnCPU() {
		if folder, err := runfolder.Open(r.Out); err == nil {
			if earlier, err := folder.Config(); err == nil { // open reports any error
				return max(1, earlier.Replicas)
			}
		}
	}
	return cmp.Or(r.Replicas, r.DefaultReplicas())
}

// restore restores the newest checkpoint of a resumed run. A run that was killed before
// its first checkpoint starts anew.
func (r *run) restore() (*fit.State, error) {
	if !r.Resume {
		return nil, nil
	}
	state, err := fit.Restore(r.program, r.folder.Path(runfolder.CheckpointDir), r.events.Warn)
	if errors.Is(err, fit.ErrNoCheckpoint) {
		return nil, nil
	}
	return state, err
}
