// Package lab runs the whole assignment: it trains the networks, does exercise three,
// and writes the report. It skips what an earlier call has completed.
package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/tflab/tflab/cmd/internal/analysis"
	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/report/document"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// Options describe a lab.
type Options struct {
	Out      string
	Specs    []*experiment.Spec // one per network and seed; Run sets their folders and data
	LowLevel bool               // do exercise three as well
	Shared   settings.Values    // settings of everything that is not a network
	// Devices are the GPUs to train on, if there are several. Elsewhere trains a
	// network on one of them.
	Devices   []graphs.Device
	Elsewhere TrainElsewhere
}

// lab is the state of one call of Run.
type lab struct {
	Options
	events experiment.Events
	data   map[string]*dataset.Data // by the name given on the command line
	todo   []todo
	clock  *clock
	beside int // number of networks trained side by side on the CPU

	mutex    sync.Mutex // guards diverged and the warnings
	diverged error      // error of the last network that diverged, or failed on its GPU
}

// todo is a network to train and the callback that tracks it.
type todo struct {
	spec  *experiment.Spec
	watch fit.Callback
}

// Run trains what is missing, and writes the report even if a network fails. It writes
// the closing table to out.
func Run(ctx context.Context, o Options, out io.Writer, events experiment.Events) error {
	l := &lab{Options: o, events: events, data: map[string]*dataset.Data{}}
	l.events.Warn = func(message string) { // networks trained side by side share it
		l.mutex.Lock()
		defer l.mutex.Unlock()
		events.Warn(message)
	}
	if err := l.plan(ctx); err != nil {
		return err
	}
	err := l.train(ctx)
	if written := document.Write(l.Out); written != nil {
		return errors.Join(err, written)
	}
	fmt.Fprintf(out, "%s\nreport %s\n", l.closingTable(), filepath.Join(l.Out, document.HTMLFile))
	return err
}

// plan determines what is to be done before any work begins, so that a mistake in a
// flag shows at once.
func (l *lab) plan(ctx context.Context) (err error) {
	l.clock = &clock{w: l.events.Progress, networks: len(l.Specs), quiet: l.Shared.Verbose == 0}
	l.divide()
	for i, s := range l.Specs {
		name := l.name(s)
		s.Out, s.Resume = l.folder(s), true
		if l.data[s.Dataset] == nil {
			if l.data[s.Dataset], err = s.OpenData(ctx, l.events); err != nil {
				return err
			}
		}
		s.Data = l.data[s.Dataset]
		status, err := s.State()
		if err != nil {
			return err
		}
		switch status {
		case runfolder.Done:
			l.clock.say("network %d of %d: %s is done already", i+1, len(l.Specs), name)
			continue
		case runfolder.Diverged:
			l.diverged = fmt.Errorf("%s diverged earlier: %w: move %s away to train it anew", name, fit.ErrNaN, s.Out)
			l.events.Warn(l.diverged.Error())
			continue
		}
		l.todo = append(l.todo, todo{s, l.clock.network(i+1, name, s)})
	}
	return l.planLowLevel(ctx)
}

// train does the planned work.
func (l *lab) train(ctx context.Context) error {
	l.clock.began = time.Now()
	if len(l.Devices) > 1 {
		l.diverged = errors.Join(l.diverged, l.trainOnGPUs(ctx))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	} else if err := l.trainHere(ctx); err != nil {
		return err
	}
	if err := l.collapse(); err != nil {
		return err
	}
	if l.LowLevel {
		if err := l.trainLowLevel(ctx); err != nil {
			return err
		}
	}
	return l.diverged
}

// collapse multiplies the layers of the network of question 7, which has no
// nonlinearity between them, if the network was trained to its end and was not
// collapsed before.
func (l *lab) collapse() error {
	i := slices.IndexFunc(tfmodels.Assigned(), func(n tfmodels.Network) bool { return n.Assignment.Asks(7) })
	n := tfmodels.Assigned()[i]
	data := l.data[n.Recipe.Dataset]
	run, err := experiment.Open(filepath.Join(l.Out, n.Name()))
	if err != nil || data == nil {
		return nil // the network is not part of this lab
	}
	if run.Config.Status != runfolder.Done {
		return nil
	}
	if c, err := run.Collapse(); c != nil || err != nil {
		return err
	}
	weights, err := run.Weights()
	if err != nil {
		return fmt.Errorf("%s: %w", n.Name(), err)
	}
	c, err := analysis.CompareCollapsed(weights, data.Test)
	if err != nil {
		return fmt.Errorf("%s: %w", n.Name(), err)
	}
	return run.WriteCollapse(c)
}
