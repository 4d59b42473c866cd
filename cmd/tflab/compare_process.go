package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/graphs"
)

// settleDevice replaces "auto" by the device that tflab chooses, so that both sides use
// the same.
func settleDevice(s *experiment.Spec) {
	if s.Device.OnCPU() {
		s.Device = graphs.CPU
	} else if s.Device == "" || s.Device == graphs.Auto {
		s.Device = graphs.GPU
	}
}

func (k *keras) onGPU() bool { return k.Device != graphs.CPU }

// runKeras trains with Keras.
func (k *keras) runKeras(ctx context.Context, out string, flags []string) error {
	return k.runPython(ctx, pythonProgram{name: "Keras", python: k.python, file: "lab.py"}, out, append(flags, k.ofKeras...))
}

// pythonProgram is one of the programs of scripts/reference, and what runs it.
type pythonProgram struct {
	name   string
	python string // the interpreter
	file   string
	env    []string // beside the process's own
}

// runPython trains with a program of the reference.
func (k *keras) runPython(ctx context.Context, p pythonProgram, out string, flags []string) error {
	args := []string{filepath.Join(k.Out, referenceDir, p.file), k.subject(),
		"--data", filepath.Join(k.Out, referenceDir, "data"), "--out", out, "--verbose", k.verbosity()}
	env := append(append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1"), p.env...)
	if k.onGPU() {
		args = append(args, "--device", string(k.Device))
	} else {
		env = append(env, "CUDA_VISIBLE_DEVICES=-1")
	}
	cmd := exec.CommandContext(ctx, p.python, append(args, flags...)...)
	cmd.Env = env
	return k.await(ctx, p.name, cmd)
}

// runTFLab trains with this program in a separate process, so that its time and memory
// are measured like Keras's.
func (k *keras) runTFLab(ctx context.Context, out string, flags []string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("path of tflab: %w", err)
	}
	args := []string{"train", k.subject(), "--out", out, "--verbose", k.verbosity()}
	cmd := exec.CommandContext(ctx, self, append(append(args, flags...), k.ofTFLab...)...)
	cmd.Args[0] = os.Args[0]
	return k.await(ctx, "tflab", cmd)
}

// verbosity returns the verbosity of the two programs: below 2, only their names are
// shown.
func (k *keras) verbosity() string {
	if k.con.verbose < 2 {
		return "0"
	}
	return strconv.Itoa(k.con.verbose)
}

// await runs a program to its end. The error is the program's last output line.
func (k *keras) await(ctx context.Context, name string, cmd *exec.Cmd) error {
	var errors bytes.Buffer
	cmd.Stderr = &errors
	if k.con.verbose >= 2 {
		cmd.Stdout = k.con.err
		cmd.Stderr = io.MultiWriter(&errors, k.con.err)
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // lets the program save its results
	cmd.WaitDelay = 10 * time.Second
	if k.con.verbose > 0 {
		fmt.Fprintf(k.con.err, "%s: training %s\n", name, k.Network.Name())
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", name, ctx.Err())
	}
	if err == nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(errors.String()), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return fmt.Errorf("%s failed: %s", name, last)
	}
	return fmt.Errorf("%s failed: %w", name, err)
}
