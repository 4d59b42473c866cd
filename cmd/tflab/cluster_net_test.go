package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// network is a set of hosts with their own addresses: network namespaces connected to
// one bridge.
type network struct {
	t      *testing.T
	prefix string
	tflab  string // a path under which this test's binary runs as tflab
}

// newNetwork creates a network of n hosts, or skips the test if the machine does not
// allow it.
func newNetwork(t *testing.T, n int) *network {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &network{t, fmt.Sprintf("tflab%d-", os.Getpid()), filepath.Join(t.TempDir(), "tflab")}
	if err := os.Symlink(self, w.tflab); err != nil {
		t.Fatal(err)
	}
	w.namespace("switch")
	w.try("-n", w.prefix+"switch", "link", "add", "br0", "type", "bridge")
	w.try("-n", w.prefix+"switch", "link", "set", "br0", "up")
	for i := range n {
		host, port := fmt.Sprint(i), fmt.Sprint("port", i)
		w.namespace(host)
		w.try("-n", w.prefix+"switch", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", w.prefix+host)
		w.try("-n", w.prefix+"switch", "link", "set", port, "master", "br0")
		w.try("-n", w.prefix+"switch", "link", "set", port, "up")
		w.try("-n", w.prefix+host, "addr", "add", w.ip(i)+"/24", "dev", "eth0")
		w.try("-n", w.prefix+host, "link", "set", "eth0", "up")
		w.try("-n", w.prefix+host, "link", "set", "lo", "up")
	}
	return w
}

func (w *network) ip(host int) string { return fmt.Sprintf("10.77.0.%d", 10+host) }

// try runs ip, and skips the test if ip fails.
func (w *network) try(args ...string) {
	w.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		w.t.Skipf("no network namespaces here: ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

func (w *network) namespace(name string) {
	w.t.Helper()
	w.try("netns", "add", w.prefix+name)
	w.t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", w.prefix+name).Run() })
}

// on returns a command that runs tflab on a host.
func (w *network) on(host int, args ...string) *exec.Cmd {
	words := append([]string{"netns", "exec", w.prefix + fmt.Sprint(host), w.tflab}, args...)
	cmd := exec.Command("ip", words...)
	cmd.Env, cmd.Dir = append(os.Environ(), "TFLAB_DATA="), w.t.TempDir()
	return cmd
}

// Of three workers with their own addresses, one is cut off: the run reports the worker
// in time, and continues with the others.
func TestWorkerIsCutOff(t *testing.T) {
	if testing.Short() || os.Getuid() != 0 {
		t.Skip("needs root")
	}
	w := newNetwork(t, 4)
	var cluster []string
	for i := 1; i <= 3; i++ {
		worker := w.on(i, "worker", "--listen", w.ip(i)+":2222", "--threads", "1", "--device", "cpu")
		out, err := worker.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := worker.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = worker.Process.Kill(); _ = worker.Wait() })
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(line, "worker "+w.ip(i)+":2222 ") {
			t.Fatalf("%q, %v", line, err)
		}
		cluster = append(cluster, w.ip(i)+":2222")
	}
	dir := filepath.Join(t.TempDir(), "run")
	run := w.on(0, "train", "mnist-mlp-relu", "--dataset", "sample-mnist", "--limit", "5000", "--epochs", "10", "--verbose", "0", "--out", dir,
		"--cluster", strings.Join(cluster, ","), "--worker-timeout", "2s", "--elastic")
	var messages bytes.Buffer
	run.Stderr = &messages
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, filepath.Join(dir, "checkpoint", "checkpoint"))
	if out, err := exec.Command("ip", "-n", w.prefix+"switch", "link", "set", "port2", "down").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := run.Wait(); err != nil {
		t.Fatalf("%v: %s", err, &messages)
	}
	for _, want := range []string{"worker " + cluster[1] + ": no answer within 2s", "on 2 workers: " + cluster[0] + ", " + cluster[2]} {
		if !strings.Contains(messages.String(), want) {
			t.Errorf("it says %q, want %q", &messages, want)
		}
	}
	if got := historyOf(t, dir); len(got.Loss) != 10 {
		t.Errorf("%d epochs, want 10", len(got.Loss))
	}
}
