package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/report/document"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

func labCommand() *cli.Command {
	flags := append(settingFlags("data", "epochs", "limit", "seed"),
		&cli.StringFlag{Name: "only", Usage: "run the parts `NAME,...` only: networks, and lowlevel for exercise three"},
		&cli.StringFlag{Name: "out", Usage: "leave the report and a folder for each part in `DIR`, and go on with what is there already", DefaultText: "runs/lab-TIME"})
	return &cli.Command{
		Name:      "lab",
		Usage:     "run the whole assignment and write its report",
		ArgsUsage: "[flags]",
		Flags:     append(flags, settingFlags("verbose", settings.Machine)...),
		Action: func(c *cli.Context) error {
			if _, err := operands(c); err != nil {
				return err
			}
			networks, lowLevel, err := labParts(c.String("only"))
			if err != nil {
				return err
			}
			l := &lab{cli: c, con: consoleOf(c), networks: networks, lowLevel: lowLevel, out: c.String("out"), data: map[string]*dataset.Data{}}
			if l.out == "" {
				l.out = experiment.DefaultFolder("lab")
			}
			if err := l.run(c.Context); err != nil {
				return fmt.Errorf("lab: %w", err)
			}
			return nil
		},
	}
}

// lab is one way through the assignment.
type lab struct {
	cli      *cli.Context
	con      console
	networks []tfmodels.Network
	lowLevel bool
	out      string

	data     map[string]*dataset.Data // by the name that was asked for
	todo     []todo
	diverged error // of the last network that did
	clock    *labClock
}

// todo is a network to train, and what watches it.
type todo struct {
	spec  *experiment.Spec
	watch fit.Callback
}

// run trains what is not there yet, and writes the report whatever happens.
func (l *lab) run(ctx context.Context) error {
	if err := l.plan(ctx); err != nil {
		return err
	}
	err := l.train(ctx)
	if written := document.Write(l.out); written != nil {
		return errors.Join(err, written)
	}
	fmt.Fprintf(l.con.out, "%s\nreport %s\n", closingTable(l.out, l.networks), filepath.Join(l.out, document.HTMLFile))
	return err
}

// plan finds out what is to be done before any of it begins, so that a mistake
// in a flag does not show after an hour.
func (l *lab) plan(ctx context.Context) error {
	l.clock = &labClock{w: l.con.err, networks: len(l.networks), quiet: l.con.verbose == 0}
	for i, n := range l.networks {
		s, err := experiment.New(n, choices(l.cli))
		if err != nil {
			return usageError{err}
		}
		s.Out, s.Resume, s.CommandLine, s.Continue = filepath.Join(l.out, n.Name()), true, os.Args, l.again()
		if l.data[s.Dataset] == nil {
			if l.data[s.Dataset], err = s.OpenData(ctx, l.con.events()); err != nil {
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
			l.clock.say("network %d of %d: %s is done already", i+1, len(l.networks), n.Name())
			continue
		case runfolder.Diverged:
			l.diverged = fmt.Errorf("%s diverged earlier: %w: move %s away to train it anew", n.Name(), fit.ErrNaN, s.Out)
			l.con.warn(l.diverged.Error())
			continue
		}
		l.todo = append(l.todo, todo{s, l.clock.network(i+1, s)})
	}
	return l.planLowLevel(ctx)
}

// train does what is to do. A network whose loss diverges does not keep the
// others from being trained.
func (l *lab) train(ctx context.Context) error {
	l.clock.began = time.Now()
	for _, t := range l.todo {
		events := l.con.events()
		events.Watch = []fit.Callback{t.watch}
		_, err := experiment.Run(ctx, t.spec, events)
		if errors.Is(err, fit.ErrNaN) {
			l.diverged = fmt.Errorf("%s: %w", t.spec.Network.Name(), err)
			l.con.warn(l.diverged.Error())
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", t.spec.Network.Name(), err)
		}
	}
	if err := l.collapse(); err != nil {
		return err
	}
	if l.lowLevel {
		if err := l.trainLowLevel(ctx); err != nil {
			return err
		}
	}
	return l.diverged
}

// collapse multiplies the layers of the network that question 7 is about, which has
// no threshold, if it was trained to its end and that has not been done.
func (l *lab) collapse() error {
	i := slices.IndexFunc(tfmodels.Assigned(), func(n tfmodels.Network) bool { return n.Assignment.Asks(7) })
	n := tfmodels.Assigned()[i]
	data := l.data[n.Recipe.Dataset]
	folder, err := runfolder.Open(filepath.Join(l.out, n.Name()))
	if err != nil || data == nil {
		return nil // not part of this lab
	}
	config, err := folder.Config()
	if err != nil || config.Status != runfolder.Done {
		return err
	}
	if c, err := folder.Collapse(); c != nil || err != nil {
		return err
	}
	weights, err := npy.ReadArchive(folder.Path(runfolder.WeightsFile))
	if err != nil {
		return fmt.Errorf("%s: %w", n.Name(), err)
	}
	c, err := runfolder.CompareCollapsed(weights, data.Test)
	if err != nil {
		return fmt.Errorf("%s: %w", n.Name(), err)
	}
	return folder.WriteCollapse(c)
}

// again is the command line that goes on with this lab.
func (l *lab) again() string {
	if l.cli.String("out") != "" {
		return commandLine("")
	}
	return commandLine("", "--out", l.out)
}

// labParts are the parts of a comma-separated list, or all.
func labParts(only string) (networks []tfmodels.Network, lowLevel bool, err error) {
	networks = tfmodels.Assigned()
	if only == "" {
		return networks, true, nil
	}
	var known []string
	for _, n := range networks {
		known = append(known, n.Name())
	}
	known = append(known, document.LowLevelFolder)
	names := strings.Split(only, ",")
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, false, usagef("lab: --only: unknown network %q: want one of %s", name, strings.Join(known, ", "))
		}
	}
	chosen := slices.DeleteFunc(networks, func(n tfmodels.Network) bool { return !slices.Contains(names, n.Name()) })
	return chosen, slices.Contains(names, document.LowLevelFolder), nil
}
