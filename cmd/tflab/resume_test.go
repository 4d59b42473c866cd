package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tflab/tflab/cmd/internal/runfolder"
)

// process returns tflab as a separate process: this test's binary under that name.
func process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &exec.Cmd{Path: self, Args: append([]string{"tflab"}, args...), Dir: t.TempDir(), Env: append(os.Environ(), "TFLAB_DATA=")}
}

// here runs tflab in this process. It returns the status and the text on stderr.
func here(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var messages bytes.Buffer
	status := run(t.Context(), append([]string{"tflab"}, args...), io.Discard, &messages)
	return status, messages.String()
}

// small returns the command line of a network that trains quickly.
func small(dir string, more ...string) []string {
	return append([]string{"train", "mnist-mlp-relu", "--dataset", "sample-mnist", "--verbose", "0", "--out", dir}, more...)
}

func TestTerminated(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a run")
	cmd := process(t, small(dir, "--verbose", "2", "--epochs", "100000", "--checkpoint-every", "99999")...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var last string
	for lines := bufio.NewScanner(stderr); lines.Scan(); last = lines.Text() {
		if strings.HasPrefix(lines.Text(), "Epoch 2/") {
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 143 {
		t.Errorf("%v, want exit status 143", err)
	}
	if want := fmt.Sprintf("resume with: tflab train mnist-mlp-relu --dataset sample-mnist --verbose 0 --out '%s' --verbose 2 --epochs 100000 --checkpoint-every 99999 --resume", dir); !strings.HasSuffix(last, want) {
		t.Errorf("it said\n%s\nwant the end to be\n%s", last, want)
	}
	for _, name := range []string{"history.csv", "history.png", "weights.npz", "checkpoint/checkpoint"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestASecondSignalEndsAtOnce interrupts a run that waits for a file and therefore
// cannot stop regularly.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "weights.npz")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := process(t, small(filepath.Join(dir, "run"), "--initial-weights", pipe)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // returns when the other end is open
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
				t.Errorf("%v, want that the signal has ended it", err)
			}
			return
		default:
			_ = cmd.Process.Signal(syscall.SIGINT) // the process may have ended already
			time.Sleep(time.Millisecond)           // users do not send thousands of signals
		}
	}
}

// TestResumeRefusesAnotherRun tests a few of the differences; package runfolder tests
// the others.
func TestResumeRefusesAnotherRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if status, messages := here(t, small(dir, "--epochs", "2")...); status != statusDone {
		t.Fatal(messages)
	}
	tests := []struct {
		flags []string
		want  string
	}{
		{[]string{"--seed", "2"}, "seed is 2, was 1"},
		{[]string{"--limit", "100"}, "training examples is 80, was"},
		{[]string{"--optimizer", "adam"}, `optimizer is "adam", was "rmsprop"`},
	}
	for _, tt := range tests {
		status, messages := here(t, small(dir, append(tt.flags, "--resume", "--epochs", "3")...)...)
		if status != statusFailed || !strings.Contains(messages, tt.want) || strings.Count(messages, "\n") != 1 {
			t.Errorf("%v: status %d, %q: want a line with %q", tt.flags, status, messages, tt.want)
		}
	}
	if status, messages := here(t, small(dir)...); status != statusFailed || !strings.Contains(messages, "--resume") {
		t.Errorf("without --resume: status %d, %q", status, messages)
	}
	before, err := os.ReadFile(filepath.Join(dir, runfolder.ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	if status, messages := here(t, small(dir, "--resume", "--epochs", "1")...); status != statusFailed || !strings.Contains(messages, "1 epochs, but 2 have begun") {
		t.Errorf("for shorter: status %d, %q", status, messages)
	}
	if after, err := os.ReadFile(filepath.Join(dir, runfolder.ConfigFile)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a run that was refused has changed config.json (%v)", err)
	}
	if status, messages := here(t, "train", "mnist-mlp-relu", "--resume"); status != statusUsage || !strings.Contains(messages, "--out") {
		t.Errorf("without --out: status %d, %q", status, messages)
	}
	if status, messages := here(t, small(dir, "--resume", "--epochs", "3")...); status != statusDone || messages != "" {
		t.Errorf("for longer: status %d, %q", status, messages)
	}
	c := readConfig(t, dir)
	if len(c.Earlier) != 1 || !c.Earlier[0].Started.Equal(c.Started) || !c.Resumed.After(c.Earlier[0].Finished) {
		t.Errorf("started %v, resumed %v, earlier parts %+v: want one, which ended before", c.Started, c.Resumed, c.Earlier)
	}
}

func readConfig(t *testing.T, dir string) runfolder.Config {
	t.Helper()
	folder, err := runfolder.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := folder.Config()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestResumeComparesFiles moves a file with which a run began, then changes it.
func TestResumeComparesFiles(t *testing.T) {
	dir := t.TempDir()
	weights, moved, run := filepath.Join(dir, "a.npz"), filepath.Join(dir, "b.npz"), filepath.Join(dir, "run")
	write := func(path, seed string) {
		t.Helper()
		if status, messages := here(t, "init", "mnist-mlp-relu", "--seed", seed, "--out", path); status != statusDone {
			t.Fatal(messages)
		}
	}
	write(weights, "1")
	status, messages := here(t, small(run, "--epochs", "1", "--initial-weights", weights, "--resume")...)
	if want := "nothing to resume in " + run + ": starting a new run"; status != statusDone || !strings.Contains(messages, want) {
		t.Fatalf("status %d, %q: want a warning that there is %s", status, messages, want)
	}
	if err := os.Rename(weights, moved); err != nil {
		t.Fatal(err)
	}
	if status, messages := here(t, small(run, "--epochs", "2", "--initial-weights", moved, "--resume")...); status != statusDone {
		t.Errorf("the same file elsewhere: status %d, %q", status, messages)
	}
	if err := os.Remove(moved); err != nil {
		t.Fatal(err)
	}
	write(moved, "2")
	if status, messages := here(t, small(run, "--epochs", "3", "--initial-weights", moved, "--resume")...); status != statusFailed || !strings.Contains(messages, "initial_weights_sha256 is") {
		t.Errorf("another file of that name: status %d, %q", status, messages)
	}
}

func TestAFolderInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	release, err := runfolder.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	for _, more := range [][]string{nil, {"--resume"}} {
		status, messages := here(t, small(dir, more...)...)
		if want := fmt.Sprintf("in use by process %d", os.Getpid()); status != statusFailed || !strings.Contains(messages, want) {
			t.Errorf("%v: status %d, %q: want %q", more, status, messages, want)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v: want that nothing was written beside the lock", entries, err)
	}
}

func TestBrokenCheckpointsAreNamed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if status, messages := here(t, small(dir, "--epochs", "2")...); status != statusDone {
		t.Fatal(messages)
	}
	names, err := os.ReadFile(filepath.Join(dir, "checkpoint", "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	_, name, _ := strings.Cut(string(names), `"`) // model_checkpoint_path: "ckpt-N"
	name, _, _ = strings.Cut(name, `"`)
	newest := filepath.Join(dir, "checkpoint", name)
	if err := os.Truncate(newest+".index", 10); err != nil {
		t.Fatal(err)
	}
	status, messages := here(t, small(dir, "--epochs", "3", "--resume")...)
	if want := newest + " is corrupt"; status != statusDone || !strings.Contains(messages, "warning: checkpoint "+want) {
		t.Errorf("status %d, %q: want a warning that %s", status, messages, want)
	}
	indexes, _ := filepath.Glob(filepath.Join(dir, "checkpoint", "*.index")) // the pattern is well-formed
	for _, index := range indexes {
		if err := os.Truncate(index, 10); err != nil {
			t.Fatal(err)
		}
	}
	status, messages = here(t, small(dir, "--epochs", "4", "--resume")...)
	if status != statusFailed || !strings.Contains(messages, "none of 3 checkpoints is valid") {
		t.Errorf("status %d, %q: want that none is valid", status, messages)
	}
}

// TestCancelledAtItsBeginning has a context that ends before anything is done; the run
// starts when it is resumed.
func TestCancelledAtItsBeginning(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(interrupted{syscall.SIGINT})
	var messages bytes.Buffer
	if status := run(ctx, append([]string{"tflab"}, small(dir)...), io.Discard, &messages); status != 130 {
		t.Fatalf("status %d, %q: want 130", status, messages.String())
	}
	if status, messages := here(t, small(dir, "--epochs", "1", "--resume")...); status != statusDone {
		t.Errorf("status %d, %q", status, messages)
	}
}
