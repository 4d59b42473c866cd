package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// trial compares a run that is killed with an uninterrupted one.
type trial struct {
	tflab string
	args  []string // NETWORK and flags
	dir   string   // folder of both runs
	kills int
	seed  uint64
	out   io.Writer
}

func (t *trial) run() error {
	whole, killed := filepath.Join(t.dir, "whole"), filepath.Join(t.dir, "killed")
	start := time.Now()
	if _, err := t.train(context.Background(), whole, nil); err != nil {
		return err
	}
	length := time.Since(start)
	fmt.Fprintf(t.out, "%s: %.1fs uninterrupted\n", strings.Join(t.args, " "), length.Seconds())
	return t.interrupt(whole, killed, length)
}

// interrupt kills and resumes a run the required number of times, and compares it at
// its end. A run that ends earlier is compared and started again.
func (t *trial) interrupt(whole, dir string, length time.Duration) error {
	random := rand.New(rand.NewPCG(t.seed, 0))
	for n, since := 0, 0; ; {
		ctx, cancel := context.WithCancel(context.Background())
		m := moments[n%len(moments)]
		if n < t.kills {
			go m.wait(ctx, cancel, random.Float64(), dir, length)
		}
		start := time.Now()
		died, err := t.train(ctx, dir, []string{"--resume"})
		cancel()
		switch {
		case err != nil:
			return err
		case died:
			n, since = n+1, since+1
			fmt.Fprintf(t.out, "kill %2d after %5.2fs, %s; on disk: %s\n", n, time.Since(start).Seconds(), m.name, checkpoints(dir))
			continue
		}
		all, err := same(whole, dir)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.out, "ended, the same after %d kills: %s\n", since, strings.Join(all, ", "))
		if n == t.kills {
			return nil
		}
		since = 0
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
}

// train runs to the end, or until the context kills it.
func (t *trial) train(ctx context.Context, dir string, more []string) (died bool, err error) {
	args := append([]string{"train"}, t.args...)
	args = append(args, "--verbose", "0", "--out", dir)
	command := exec.CommandContext(ctx, t.tflab, append(args, more...)...)
	var messages bytes.Buffer
	command.Stderr = &messages
	err = command.Run()
	if warnings := strings.TrimSpace(messages.String()); warnings != "" && !strings.Contains(warnings, "killed") {
		fmt.Fprintln(t.out, warnings)
	}
	state := command.ProcessState
	switch {
	case state == nil && ctx.Err() == nil: // the program does not exist
		return false, fmt.Errorf("%s: %w", command, err)
	case state == nil, state.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		return true, nil
	case state.Success(): // although it may have been killed while it exited
		return false, nil
	}
	return false, fmt.Errorf("%s: %w: %s", command, err, strings.TrimSpace(messages.String()))
}

// moment is a kind of moment at which to kill.
type moment struct {
	name string
	wait func(ctx context.Context, kill func(), share float64, dir string, length time.Duration)
}

var moments = []moment{
	{"anywhere", func(ctx context.Context, kill func(), share float64, _ string, length time.Duration) {
		after(ctx, time.Duration(share*float64(length)), kill)
	}},
	{"as it starts", func(ctx context.Context, kill func(), share float64, _ string, _ time.Duration) {
		after(ctx, time.Duration(share*float64(400*time.Millisecond)), kill)
	}},
	{"as a checkpoint is written", func(ctx context.Context, kill func(), share float64, dir string, length time.Duration) {
		after(ctx, time.Duration(share*float64(length)/2), func() {})
		appears(ctx, filepath.Join(dir, "checkpoint", ".saving-*"))
		after(ctx, time.Duration(share*float64(15*time.Millisecond)), kill)
	}},
	{"as it takes its place", func(ctx context.Context, kill func(), share float64, dir string, length time.Duration) {
		after(ctx, time.Duration(share*float64(length)/2), func() {})
		appears(ctx, filepath.Join(dir, "checkpoint", ".saving-*", "*.index"))
		after(ctx, time.Duration(share*float64(8*time.Millisecond)), kill)
	}},
}

// after calls act after a time, unless the run ends first.
func after(ctx context.Context, d time.Duration, act func()) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
		act()
	}
}

// appears waits until a new file matches the pattern.
func appears(ctx context.Context, pattern string) {
	before, _ := filepath.Glob(pattern) // a fixed pattern
	old := map[string]bool{}
	for _, name := range before {
		old[name] = true
	}
	for ctx.Err() == nil {
		now, _ := filepath.Glob(pattern)
		for _, name := range now {
			if !old[name] {
				return
			}
		}
	}
}

// checkpoints lists those in a run's folder.
func checkpoints(dir string) string {
	names, _ := filepath.Glob(filepath.Join(dir, "checkpoint", "*.index"))
	pending, _ := filepath.Glob(filepath.Join(dir, "checkpoint", ".saving-*"))
	for i, name := range names {
		names[i] = strings.TrimSuffix(filepath.Base(name), ".index")
	}
	if len(pending) > 0 {
		names = append(names, "one half-written")
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, " ")
}
