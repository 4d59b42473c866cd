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

// threadsBeside is how many threads a network has that is trained beside others on
// a CPU. For two threads the speed was measured (docs/performance.md), and the networks
// are too small to make use of many.
const threadsBeside = 2

// seeds says whether networks are trained with several seeds.
func (l *lab) seeds() bool {
	return slices.ContainsFunc(l.Specs, func(s *experiment.Spec) bool { return s.Seed != l.Shared.Seed })
}

// name tells the runs of a lab apart: by network, and by seed where there are
// several.
func (l *lab) name(s *experiment.Spec) string {
	if !l.seeds() {
		return s.Network.Name()
	}
	return fmt.Sprintf("%s, seed %d", s.Network.Name(), s.Seed)
}

// folder is where the report looks for a run: the lab's first seed stands by
// itself.
func (l *lab) folder(s *experiment.Spec) string {
	if s.Seed == l.Shared.Seed {
		return filepath.Join(l.Out, s.Network.Name())
	}
	return filepath.Join(l.Out, document.SeedFolder(s.Seed), s.Network.Name())
}

// divide decides how many networks are trained side by side here: several seeds on
// a CPU share its threads, two a network. Otherwise it is one, with all threads.
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

// trainHere trains the networks in this process. The first error ends all.
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
	return <-failed // the first one; nil where there is none
}

// followSafely is follow on a goroutine of its own, where a panic would end the
// process without a word about the run.
func (l *lab) followSafely(ctx context.Context, queue <-chan todo) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("internal error: %v", v)
		}
	}()
	return l.follow(ctx, queue)
}

// follow trains one network of the queue after the other. A network whose loss
// diverges does not keep the others from being trained.
func (l *lab) follow(ctx context.Context, queue <-chan todo) error {
	for t := range queue {
		if l.beside > 1 && t.spec.Verbose == 1 {
			t.spec.Verbose = 0 // bars would overwrite each other; the lab's own lines stay
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

// diverge keeps an error for the lab's end, and warns of it now.
func (l *lab) diverge(err error) {
	l.mutex.Lock()
	l.diverged = err
	l.mutex.Unlock()
	l.events.Warn(err.Error())
}
