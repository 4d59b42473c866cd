package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// trial is one execution of all steps.
type trial struct {
	tflab, out, python, device string
	progress                   io.Writer

	flags    string // help text of train, to check for flags
	counting bool   // the GPU is a simulation that only counts
	results  []result
}

// result is the outcome of a step.
type result struct {
	step    string
	outcome string
	failed  bool
	took    time.Duration
}

// step is one step of the trial. It returns its finding in one line.
type step struct {
	name    string
	do      func(t *trial, ctx context.Context) (string, error)
	numbers bool // the step compares numbers, which a simulated GPU does not compute
}

// errSkipped means that a step was skipped.
var errSkipped = errors.New("skipped")

// run executes all steps and writes the summary after each, so that the summary
// survives a crash of the machine.
func (t *trial) run(ctx context.Context) error {
	if err := os.MkdirAll(t.out, 0o755); err != nil {
		return err
	}
	help, err := exec.CommandContext(ctx, t.tflab, "train", "--help").Output()
	if err != nil {
		return fmt.Errorf("%s: %w: build it first: make build", t.tflab, err)
	}
	t.flags = string(help)
	failed := 0
	for _, s := range steps() {
		fmt.Fprintf(t.progress, "%s ...\n", s.name)
		began := time.Now()
		outcome, err := s.do(t, ctx)
		r := result{step: s.name, outcome: outcome, took: time.Since(began)}
		switch {
		case errors.Is(err, errSkipped):
			r.outcome = err.Error()
		case err != nil && s.numbers && t.counting:
			r.outcome = "means nothing on a GPU that only counts: " + err.Error()
		case err != nil:
			r.outcome, r.failed = "FAILED: "+err.Error(), true
			failed++
		}
		fmt.Fprintf(t.progress, "%s: %s (%.1f s)\n", s.name, r.outcome, r.took.Seconds())
		t.results = append(t.results, r)
		if err := t.write(); err != nil {
			return err
		}
		if s.name == "doctor" && r.failed {
			break // there is no GPU to test
		}
	}
	fmt.Fprintf(t.progress, "summary %s\n", filepath.Join(t.out, "summary.md"))
	if failed > 0 {
		return fmt.Errorf("%d of %d steps failed: see %s", failed, len(t.results), filepath.Join(t.out, "summary.md"))
	}
	return nil
}

// write writes summary.md.
func (t *trial) write() error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# GPU trial\n\n%s, device `%s`\n\n", time.Now().Format(time.RFC1123), t.device)
	if t.counting {
		b.WriteString("**This GPU only counts: the placement of operations and the texts of errors are real, but the numbers below mean nothing.**\n\n")
	}
	b.WriteString("| step | outcome | seconds |\n|---|---|--:|\n")
	for _, r := range t.results {
		fmt.Fprintf(&b, "| %s | %s | %.1f |\n", r.step, strings.ReplaceAll(r.outcome, "|", `\|`), r.took.Seconds())
	}
	for _, page := range []string{"doctor.txt", "placement.txt", "bench/bench.md"} {
		if text, err := os.ReadFile(filepath.Join(t.out, page)); err == nil {
			fmt.Fprintf(&b, "\n## %s\n\n", page)
			if strings.HasSuffix(page, ".md") {
				b.Write(text)
			} else {
				fmt.Fprintf(&b, "```\n%s```\n", text)
			}
		}
	}
	return os.WriteFile(filepath.Join(t.out, "summary.md"), b.Bytes(), 0o644)
}

// call runs tflab and writes its output to a file in the folder.
func (t *trial) call(ctx context.Context, name string, environment []string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, t.tflab, args...)
	c.Env = append(os.Environ(), environment...)
	c.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	text := fmt.Sprintf("$ tflab %s\n%s%s", strings.Join(args, " "), out.String(), errs.String())
	if written := os.WriteFile(filepath.Join(t.out, name+".txt"), []byte(text), 0o644); written != nil {
		return "", written
	}
	if ctx.Err() != nil {
		return out.String(), fmt.Errorf("%w: no time is left", errSkipped)
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
		return out.String(), fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	return out.String(), nil
}

// has reports whether this tflab's train command has a flag.
func (t *trial) has(flag string) bool { return strings.Contains(t.flags, "--"+flag) }

// train trains on an embedded sample and returns the run's folder.
func (t *trial) train(ctx context.Context, run, network string, environment []string, flags ...string) (string, error) {
	dir := filepath.Join(t.out, run)
	data := "sample-mnist"
	if strings.HasPrefix(network, "cifar10") {
		data = "sample-cifar10"
	}
	args := append([]string{"train", network, "--dataset", data, "--out", dir, "--verbose", "0"}, flags...)
	_, err := t.call(ctx, strings.ReplaceAll(run, "/", "-"), environment, args...)
	return dir, err
}
