package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/benchmark"
	"github.com/tflab/tflab/cmd/internal/machine"
	"github.com/tflab/tflab/graphs"
)

// The peers of tflab: the programs that one would use instead.
const (
	kerasTF  = "keras-tf"
	kerasJAX = "keras-jax"
	pytorch  = "pytorch"
)

func peerNames() []string { return []string{kerasTF, kerasJAX, pytorch} }

// peer is an installed peer.
type peer struct {
	name    string
	program pythonProgram
}

// findPeers finds out which of the requested peers are installed. The page of the
// benchmark names the others.
func (b *bench) findPeers(c *cli.Context) error {
	b.result.Machine = benchmark.ThisMachine()
	b.result.Machine.Features = machine.CPUFeatures()
	names := strings.Split(c.String("peers"), ",")
	for _, name := range names {
		if !slices.Contains(peerNames(), name) {
			return usagef("--peers %s: want some of %s", c.String("peers"), strings.Join(peerNames(), ", "))
		}
	}
	if slices.Contains(names, kerasTF) {
		if err := b.findKeras(c); err != nil {
			return err
		}
	}
	for _, name := range []string{kerasJAX, pytorch} {
		if !slices.Contains(names, name) {
			continue
		}
		p, version, err := findPeer(c.Context, name, b.contests[0].onGPU())
		switch {
		case c.Context.Err() != nil:
			return c.Context.Err()
		case err != nil && c.IsSet("peers"):
			b.note("%s was not measured: %v.", name, err)
			continue
		case err != nil:
			b.result.Notes = append(b.result.Notes, fmt.Sprintf("%s was not measured: %v.", name, err))
			continue
		}
		b.peers = append(b.peers, *p)
		if name == kerasJAX {
			b.result.Machine.JAX = version
		} else {
			b.result.Machine.PyTorch = version
		}
	}
	return nil
}

// findKeras omits Keras on TensorFlow if no Python was named and none is installed.
func (b *bench) findKeras(c *cli.Context) error {
	onGPU := b.contests[0].onGPU()
	path, err := findPython(c.Context, c.String("python"), onGPU)
	if err != nil && c.String("python") == "" && c.Context.Err() == nil {
		b.note("%s was not measured: %v.", kerasTF, err)
		return nil
	}
	if err != nil {
		return err
	}
	versions, err := versionsOf(c.Context, path, remedyFor(onGPU))
	b.result.Machine.Keras = versions.Keras
	b.peers = append(b.peers, peer{kerasTF, pythonProgram{name: "Keras", python: path, file: "lab.py"}})
	for _, o := range b.contests {
		o.python = path // converts networks of files that Keras cannot read
	}
	return err
}

// findPeer looks for the environment that scripts/reference/setup creates for a peer.
// version describes the peer's version.
func findPeer(ctx context.Context, name string, onGPU bool) (p *peer, version string, err error) {
	option := map[string]string{kerasJAX: "jax", pytorch: "pytorch"}[name]
	if onGPU {
		return nil, "", errors.New("scripts/reference/setup installs it only for a CPU: to measure it, use --device cpu")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, "", fmt.Errorf("no cache folder: %w", err)
	}
	folder := filepath.Join(cache, "tflab", "reference-"+option)
	if _, err := os.Stat(filepath.Join(folder, "requirements.txt")); err != nil { // setup writes it last
		return nil, "", fmt.Errorf("it is not set up in %s: run scripts/reference/setup --%s", folder, option)
	}
	python := filepath.Join(folder, "bin", "python")
	packages, text := "'keras', 'jax'", "%s, JAX %s"
	program := pythonProgram{name: "Keras on JAX", python: python, file: "lab.py", env: []string{"KERAS_BACKEND=jax"}}
	if name == pytorch {
		packages, text = "'torch',", "%s"
		program = pythonProgram{name: "PyTorch", python: python, file: "torch_lab.py"}
	}
	ask := fmt.Sprintf("import importlib.metadata as m; print(%q %% tuple(map(m.version, (%s))))", text, packages)
	out, err := exec.CommandContext(ctx, python, "-c", ask).Output()
	if err != nil {
		return nil, "", fmt.Errorf("%s does not report its versions (%w): remove %s and run scripts/reference/setup --%s", python, err, folder, option)
	}
	return &peer{name, program}, strings.TrimSpace(string(out)), nil
}

// contenders returns a peer's ways to train in a precision: with its default settings,
// and with those that may be its fastest. Keras on TensorFlow with its
// default settings is measured in float32 only.
func (p peer) contenders(precision string, settings []string) (all []*benchmark.Contender) {
	add := func(name string, flags ...string) {
		if precision != string(graphs.Float32) {
			name, flags = name+", "+precision, append(flags, "--precision", precision)
		}
		all = append(all, &benchmark.Contender{Name: name, Peer: p.name, Precision: precision, Flags: flags})
	}
	steps := []string{"--steps-per-execution", "50", "--jit-compile"}
	single := precision == string(graphs.Float32)
	switch p.name {
	case kerasTF:
		for _, setting := range settings {
			switch {
			case setting == "default" && (single || len(settings) == 1):
				add("Keras")
			case setting == "steps":
				add("Keras, 50 steps an execution", append(steps, "false")...)
			case setting == "xla" && single:
				add("Keras, 50 steps, XLA", append(steps, "true")...)
			}
		}
	case kerasJAX:
		add("Keras on JAX, 50 steps an execution", append(steps, "auto")...)
	case pytorch:
		if precision != string(graphs.MixedFloat16) { // PyTorch's CPU kernels are not optimized for it
			add("PyTorch, channels_last")
		}
	}
	return all
}
