package experiment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/cluster"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// A run waits for lost workers for waitTimeouts times --worker-timeout, and asks them
// at intervals of lookEvery.
const (
	waitTimeouts = 6
	lookEvery    = 500 * time.Millisecond
)

// activeWorkers returns the workers that take part now.
func (s *Spec) activeWorkers() []string {
	if s.workers != nil {
		return s.workers
	}
	return s.Cluster
}

// waitLimit returns how long a run waits for a lost worker.
func (s *Spec) waitLimit() time.Duration { return waitTimeouts * s.WorkerTimeout }

// answering returns the workers of --cluster that answer. Unless the run is elastic, it
// returns an error if any worker does not answer.
func (s *Spec) answering(ctx context.Context) (workers []string, lost error) {
	found, err := cluster.LookAll(ctx, s.Cluster, s.WorkerTimeout)
	if err == nil {
		return s.Cluster, nil
	}
	if errors.As(err, new(*cluster.ReleaseError)) || !s.Elastic {
		return nil, err
	}
	for i, w := range found {
		if w.Release != "" {
			workers = append(workers, s.Cluster[i])
		}
	}
	return workers, err
}

// closeProgram closes the program, if there is one.
func (r *run) closeProgram() {
	if r.program != nil {
		r.program.Close()
		r.program = nil
	}
}

// findWorkers checks that all workers answer. An elastic run begins with those that
// answer.
func (r *run) findWorkers(ctx context.Context) error {
	if len(r.Cluster) == 0 || r.workers != nil {
		return nil
	}
	workers, lost := r.answering(ctx)
	for deadline := time.Now().Add(r.WorkerTimeout); workers == nil && !errors.As(lost, new(*cluster.ReleaseError)) && time.Now().Before(deadline); {
		if err := pause(ctx); err != nil { // a worker may be starting
			return err
		}
		workers, lost = r.answering(ctx)
	}
	if workers == nil {
		return lost
	}
	r.reached = true
	if lost != nil {
		r.events.Warn(fmt.Sprintf("%v: training on the %d workers that answer", lost, len(workers)))
		r.workers = workers
	}
	return nil
}

// recovers reports whether an error is the fault of a worker, after which the run can
// continue.
func (r *run) recovers(ctx context.Context, err error) bool {
	return ctx.Err() == nil && errors.As(err, new(*cluster.Fault)) && !errors.As(err, new(lostError))
}

// lostError is a fault that the run cannot recover from.
type lostError struct{ error }

func (e lostError) Unwrap() error { return e.error }

// reconnect waits until the workers answer, recompiles the program on them and restores
// the last checkpoint, since some workers may have applied a step that others have not.
// Without a checkpoint the run starts again from the beginning.
func (r *run) reconnect(ctx context.Context, train *dataset.Set, fault error) (*fit.State, error) {
	if r.Elastic {
		r.events.Warn(fmt.Sprintf("%v: continuing with the workers that answer", fault))
	} else {
		r.events.Warn(fmt.Sprintf("%v: waiting up to %s until all %d workers answer", fault, r.waitLimit(), len(r.Cluster)))
	}
	deadline := time.Now().Add(r.waitLimit())
	for {
		state, err := r.comeBack(ctx, train)
		switch {
		case err == nil:
			return state, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !errors.As(err, new(*cluster.Fault)):
			return nil, err
		case time.Now().After(deadline):
			return nil, lostError{fmt.Errorf("%w (waited %s)", err, r.waitLimit())}
		}
		if err := pause(ctx); err != nil {
			return nil, err
		}
	}
}

// pause waits until it is time to look for workers again.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(lookEvery):
		return nil
	}
}

// orInterrupted returns the error of ctx in place of a worker's fault if both occurred: a
// signal from the terminal may end the workers as well.
func orInterrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.As(err, new(*cluster.Fault)) {
		return ctx.Err()
	}
	return err
}

// comeBack makes one attempt to reconnect.
func (r *run) comeBack(ctx context.Context, train *dataset.Set) (*fit.State, error) {
	workers, lost := r.answering(ctx)
	if workers == nil {
		return nil, lost
	}
	r.closeProgram()
	r.workers = workers
	if err := r.compile(ctx); err != nil {
		return nil, err
	}
	if err := r.program.Training.Load(train); err != nil {
		return nil, err
	}
	if r.folder == nil { // the run has not started
		return nil, nil
	}
	state, err := fit.Restore(r.program, r.folder.Path(runfolder.CheckpointDir), r.events.Warn)
	if err != nil && !errors.Is(err, fit.ErrNoCheckpoint) {
		return nil, err
	}
	r.nowOn(workers)
	where := "from the beginning, as there is no checkpoint yet"
	if state != nil {
		where = fmt.Sprintf("from epoch %d, step %d", state.Epoch+1, state.Step)
	}
	r.events.Warn(fmt.Sprintf("training goes on %s, on %d workers: %s", where, len(workers), strings.Join(workers, ", ")))
	return state, nil
}

// nowOn records the workers that take part from now on.
func (r *run) nowOn(workers []string) {
	if len(workers) != len(r.config.Workers) {
		earlier := r.config
		earlier.Finished = time.Now()
		r.config.Started = earlier.Finished
		r.config.ContinueFrom(earlier)
	}
	r.config.Workers = r.program.Workers()
}

// lastWeights returns the weights of the program, or those of the newest checkpoint if
// the workers are lost, or nil if there are none.
func (r *run) lastWeights() ([]npy.Entry, error) {
	if r.program == nil {
		return r.checkpointed()
	}
	weights, err := r.program.Weights()
	if errors.As(err, new(*cluster.Fault)) {
		return r.checkpointed()
	}
	return weights, err
}

// checkpointed returns the weights of the newest checkpoint, or nil if there is none.
func (r *run) checkpointed() ([]npy.Entry, error) {
	prefix, err := fit.Newest(r.folder.Path(runfolder.CheckpointDir), false)
	if errors.Is(err, fit.ErrNoCheckpoint) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return graphs.ReadCheckpoint(r.Model(), prefix)
}
