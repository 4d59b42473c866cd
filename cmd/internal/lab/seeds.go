package lab

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/report/document"
	"github.com/tflab/tflab/graphs/fit"
)

// threadsBeside is the number of threads of each network when several are trained side
// by side on a CPU. docs/performance.md has the measurements for two threads; the networks
// are too small to use many.
const threadsBeside = 2

// seeds reports whether networks are trained with several seeds.
func (l *lab) seeds() bool {
	return slices.ContainsFunc(l.Specs, func(s *experiment.Spec) bool { return s.Seed != l.Shared.Seed })
}

// name identifies a run of the lab: by network and, if there are several seeds, by
// seed.
func (l *lab) name(s *experiment.Spec) string {
	if !l.seeds() {
		return s.Network.Name()
	}
	return fmt.Sprintf("%s, seed %d", s.Network.Name(), s.Seed)
}

// folder returns the folder where the report looks for a run. Runs with the lab's first
// seed have no seed in their path.
func (l *lab) folder(s *experiment.Spec) string {
	if s.Seed == l.Shared.Seed {
		return filepath.Join(l.Out, s.Network.Name())
	}
	return filepath.Join(l.Out, document.SeedFolder(s.Seed), s.Network.Name())
}

// divide sets how many networks are trained side by side in this process: with several
// seeds on a CPU, one network for every two threads; otherwise one network with all
// threads.
func (l *lab) divide() {
	l.beside = 1
	if !l.seeds() || len(l.Devices) > 1 || !l.Shared.Device.OnCPU() {
		return
	}
	beside := min(l.Specs[0].ThreadCount()/threadsBeside, len(l.Specs))
	if beside < 2 {
		return
	}
	l.beside = beside
	for _, s := range l.Specs {
		s.Threads = threadsBeside
	}
}

// trainHere trains the networks in this process. The first error stops all of them.
func (l *lab) trainHere(ctx context.Context) error {
	queue := make(chan todo, len(l.todo))
	for _, t := range l.todo {
		queue <- t
	}
	close(queue)
	if l.beside == 1 {
		return l.follow(ctx, queue)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, l.beside)
	var wait sync.WaitGroup
	for range l.beside {
		wait.Go(func() {
			if err := l.followSafely(ctx, queue); err != nil {
				failed <- err
				cancel()
			}
		})
	}
	wait.Wait()
	close(failed)
	return <-failed // the first error, or nil
}

// followSafely calls follow on a goroutine, where a panic would otherwise end the
// process without saying which run caused it.
func (l *lab) followSafely(ctx context.Context, queue <-chan todo) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("internal error: %v", v)
		}
	}()
	return l.follow(ctx, queue)
}

// follow trains the networks of the queue one after the other. A network whose loss
// diverges does not stop the others.
func (l *lab) follow(ctx context.Context, queue <-chan todo) error {
	for t := range queue {
		if l.beside > 1 && t.spec.Verbose == 1 {
			t.spec.Verbose = 0 // progress bars would overwrite each other; the lab's lines remain
		}
		events := l.events
		events.Watch = []fit.Callback{t.watch}
		_, err := experiment.Run(ctx, t.spec, events)
		if errors.Is(err, fit.ErrNaN) {
			l.diverge(fmt.Errorf("%s: %w", l.name(t.spec), err))
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", l.name(t.spec), err)
		}
	}
	return nil
}

// diverge records an error for the end of the lab and warns of it now.
func (l *lab) diverge(err error) {
	l.mutex.Lock()
	l.diverged = err
	l.mutex.Unlock()
	l.events.Warn(err.Error())
}
