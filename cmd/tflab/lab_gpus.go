package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/lab"
	"github.com/tflab/tflab/graphs"
)

// labDevices returns the GPUs of a list such as gpu:0,gpu:1, or nil if the flag names
// one device or none.
func labDevices(c *cli.Context) ([]graphs.Device, error) {
	names := strings.Split(c.String("device"), ",")
	if len(names) < 2 {
		return nil, nil
	}
	var devices []graphs.Device
	for _, name := range names {
		d, err := graphs.ParseDevice(name)
		if err != nil || !strings.HasPrefix(string(d), "gpu:") || slices.Contains(devices, d) {
			return nil, usagef("--device %s: want one device, or several GPUs by number, each once: gpu:0,gpu:1", c.String("device"))
		}
		devices = append(devices, d)
	}
	for _, d := range devices { // before anything starts
		if err := d.Check(); err != nil {
			return nil, fmt.Errorf("lab: %w", err)
		}
	}
	return devices, nil
}

// stopLimit is the time that a process has to write its checkpoint when the lab is
// interrupted.
const stopLimit = time.Minute

// labElsewhere trains a network of this lab in another process of this program.
func labElsewhere(out string, verbose int) lab.TrainElsewhere {
	return func(ctx context.Context, network string, device graphs.Device, progress io.Writer) error {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		// Later flags override earlier ones. With several processes, one line per epoch
		// is readable.
		args := append(slices.Clone(os.Args[1:]), "--out", out, "--only", network, "--device", string(device), "--verbose", fmt.Sprint(min(verbose, 1)*2))
		command := exec.CommandContext(ctx, self, args...)
		var last tail
		command.Stderr = io.MultiWriter(progress, &last)
		command.Cancel = func() error { return command.Process.Signal(syscall.SIGINT) }
		command.WaitDelay = stopLimit
		err = command.Run()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && last.line() != "" {
			return errors.New(last.line())
		}
		return err
	}
}

// tail keeps the end of what is written to it.
type tail struct{ text []byte }

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.text = append(t.text, b...)
	const most = 4096
	t.text = t.text[max(0, len(t.text)-most):]
	return len(b), nil
}

// line returns the last line, without the program's name.
func (t *tail) line() string {
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	return strings.TrimPrefix(strings.TrimPrefix(lines[len(lines)-1], "tflab: "), "lab: ")
}
