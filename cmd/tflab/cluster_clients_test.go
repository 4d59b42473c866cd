package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs/release"
)

// otherRelease returns the folder of another TensorFlow release's libraries, as
// scripts/setup installs them, and the release. It skips the test if there is none.
func otherRelease(t *testing.T) (dir, version string) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	found, _ := filepath.Glob(filepath.Join(cache, "tflab", "tensorflow-*-cpu", "tensorflow")) // a fixed pattern
	for _, dir := range found {
		version, _, _ = strings.Cut(strings.TrimPrefix(filepath.Base(filepath.Dir(dir)), "tensorflow-"), "-")
		if version != release.Loaded() && release.Check(version) == nil {
			return dir, version
		}
	}
	t.Skip("no other release of TensorFlow is installed: scripts/lib/on RELEASE true installs one")
	return "", ""
}

// A worker of another release of TensorFlow is refused with an error that names the
// worker, whether alone or among others, with --elastic too.
func TestWorkerOfAnotherRelease(t *testing.T) {
	dir, version := otherRelease(t)
	own := startWorker(t)
	other := &workerProcess{t: t, address: "127.0.0.1:0", env: []string{"LD_LIBRARY_PATH=" + dir}}
	other.run()
	if want := "TensorFlow " + version + " "; !strings.Contains(other.line, want) {
		t.Skipf("the worker of %s says %q: LD_LIBRARY_PATH does not choose its TensorFlow", version, other.line)
	}
	want := fmt.Sprintf("worker %s: TensorFlow %s, but this process has %s", other.address, version, release.Loaded())
	for _, args := range [][]string{
		{"--cluster", other.address},
		{"--cluster", own.address + "," + other.address},
		{"--cluster", other.address + "," + own.address, "--elastic"},
	} {
		run := filepath.Join(t.TempDir(), "run")
		status, messages := here(t, small(run, append(args, "--limit", "100", "--epochs", "1")...)...)
		if status != 1 || !strings.Contains(messages, want) || strings.Count(messages, "\n") != 1 {
			t.Errorf("%v: status %d: %s, want %s", args, status, messages, want)
		}
		if _, err := os.Stat(run); err == nil {
			t.Errorf("%v: a run folder was made", args)
		}
	}
	if status, messages := here(t, small(filepath.Join(t.TempDir(), "run"), "--cluster", own.address, "--limit", "100", "--epochs", "1")...); status != 0 {
		t.Errorf("the worker of the same release: %s", messages)
	}
}

// Two clients train the same network with different seeds on the same two workers at
// the same time. Each run has the same results, to the bit, as alone.
func TestTwoClients(t *testing.T) {
	if testing.Short() {
		t.Skip("trains four times")
	}
	_, cluster := startWorkers(t, 2)
	args := func(seed, epochs string) []string {
		return []string{"mnist-mlp-relu", "--dataset", "sample-mnist", "--limit", "2500", "--cluster", cluster, "--seed", seed, "--epochs", epochs}
	}
	long, short := args("1", "9"), args("2", "2")
	wantLong, wantShort := trained(t, long...), trained(t, short...)
	if slices.Equal(wantLong.Loss[:2], wantShort.Loss) {
		t.Fatal("both seeds give the same losses")
	}

	dir := filepath.Join(t.TempDir(), "long")
	cmd := process(t, append(append([]string{"train"}, long...), "--verbose", "0", "--out", dir)...)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	waitFor(t, filepath.Join(dir, "checkpoint", "checkpoint"))
	gotShort := trained(t, short...)
	select {
	case <-ended:
		t.Error("the longer run ended before the shorter one: they did not share the workers")
	default:
	}
	if err := <-ended; err != nil {
		t.Fatalf("%v: %s", err, &messages)
	}
	for name, pair := range map[string][2]*history{"the longer run": {historyOf(t, dir), wantLong}, "the shorter run": {gotShort, wantShort}} {
		got, want := pair[0], pair[1]
		if !slices.Equal(got.Loss, want.Loss) || !slices.Equal(got.ValLoss, want.ValLoss) || !bytes.Equal(got.weights, want.weights) {
			t.Errorf("%s has other numbers than alone: losses %v, want %v", name, got.Loss, want.Loss)
		}
	}
	if messages.Len() > 0 {
		t.Errorf("the longer run says %q", &messages)
	}
}
