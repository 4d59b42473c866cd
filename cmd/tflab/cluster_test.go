package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tflab/tflab/cmd/internal/runfolder"
)

// workerProcess is a worker of one thread in a separate process.
type workerProcess struct {
	t       *testing.T
	address string
	env     []string // added to this process's environment
	line    string   // the line printed when the worker is ready
	cmd     *exec.Cmd
}

// startWorker starts a worker and waits until it is ready.
func startWorker(t *testing.T) *workerProcess {
	t.Helper()
	w := &workerProcess{t: t, address: "127.0.0.1:0"}
	w.run()
	return w
}

// run starts the worker and stops it at the end of the test.
func (w *workerProcess) run() {
	w.t.Helper()
	w.start()
	w.t.Cleanup(func() { w.signal(syscall.SIGKILL); _ = w.cmd.Wait() })
}

func startWorkers(t *testing.T, n int) (all []*workerProcess, addresses string) {
	t.Helper()
	var each []string
	for range n {
		all = append(all, startWorker(t))
		each = append(each, all[len(all)-1].address)
	}
	return all, strings.Join(each, ",")
}

// start starts the worker, or starts it again on the same address.
func (w *workerProcess) start() {
	w.t.Helper()
	w.cmd = process(w.t, "worker", "--listen", w.address, "--threads", "1", "--device", "cpu")
	w.cmd.Env = append(w.cmd.Env, w.env...)
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		w.t.Fatalf("the worker is not ready: %v", err)
	}
	w.address = strings.Fields(w.line)[1]
}

func (w *workerProcess) signal(s syscall.Signal) { _ = w.cmd.Process.Signal(s) }

// restart kills the worker and starts it again after a delay.
func (w *workerProcess) restart(after time.Duration) {
	w.signal(syscall.SIGKILL)
	_ = w.cmd.Wait()
	time.Sleep(after)
	w.start()
}

// trained trains in this process and returns the run's history.
func trained(t *testing.T, args ...string) *history {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	status, messages := here(t, append(append([]string{"train"}, args...), "--verbose", "0", "--out", dir)...)
	if status != 0 {
		t.Fatalf("status %d: %s", status, messages)
	}
	return historyOf(t, dir)
}

// history holds the results of a run.
type history struct {
	dir           string
	Loss, ValLoss []float64
	weights       []byte
}

func historyOf(t *testing.T, dir string) *history {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, runfolder.HistoryJSON))
	if err != nil {
		t.Fatal(err)
	}
	var columns struct {
		Loss    []float64 `json:"loss"`
		ValLoss []float64 `json:"val_loss"`
	}
	if err := json.Unmarshal(raw, &columns); err != nil {
		t.Fatal(err)
	}
	weights, err := os.ReadFile(filepath.Join(dir, runfolder.WeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	return &history{dir, columns.Loss, columns.ValLoss, weights}
}

// apart returns the largest relative difference of the losses of the first epochs.
func (h *history) apart(other *history, epochs int) float64 {
	largest := 0.
	for i := range epochs {
		largest = max(largest, math.Abs(h.Loss[i]/other.Loss[i]-1))
	}
	return largest
}

// The losses equal those of one process: up to rounding after the first epoch, and
// afterwards within the differences that other numbers of threads cause.
func TestClusterIsOneProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for half a minute")
	}
	_, three := startWorkers(t, 3)
	two := three[:strings.LastIndex(three, ",")]
	for name, args := range map[string][]string{
		"perceptron": {"mnist-mlp-relu", "--dataset", "sample-mnist", "--limit", "301", "--epochs", "2", "--batch-size", "50", "--validation", "none"},
		"dropout":    {"cifar10-cnn", "--dataset", "sample-cifar10", "--limit", "67", "--epochs", "2", "--validation", "none"},
	} {
		t.Run(name, func(t *testing.T) {
			one := trained(t, append(args, "--threads", "1", "--replicas", "1")...)
			floor := max(1e-5, 2*one.apart(trained(t, append(args, "--threads", "2", "--replicas", "2")...), 2))
			for _, cluster := range [][]string{{two}, {three}, {three, "--reduce", "all"}} {
				got := trained(t, append(append(args, "--cluster"), cluster...)...)
				if d := got.apart(one, 1); d > 1e-5 {
					t.Errorf("%v: the first epoch's loss is apart by %.1e", cluster, d)
				}
				if d := got.apart(one, 2); d > floor {
					t.Errorf("%v: the losses are apart by %.1e, noise is %.1e", cluster, d, floor)
				}
			}
		})
	}
}

// A worker is killed, or hangs, and comes back: the run completes without intervention,
// with the same results as without the fault.
func TestLostWorkers(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for half a minute")
	}
	args := []string{"mnist-mlp-relu", "--dataset", "sample-mnist", "--limit", "5000", "--epochs", "12", "--batch-size", "64", "--worker-timeout", "2s"}
	workers, cluster := startWorkers(t, 2)
	want := trained(t, append(args, "--cluster", cluster)...)
	for name, harm := range map[string]func(){
		"killed":     func() { workers[1].restart(time.Second) },
		"its leader": func() { workers[0].restart(time.Second) },
		"hangs": func() {
			workers[1].signal(syscall.SIGSTOP)
			time.Sleep(4 * time.Second)
			workers[1].signal(syscall.SIGCONT)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			cmd := process(t, append(append([]string{"train"}, args...), "--cluster", cluster, "--verbose", "0", "--out", dir)...)
			var messages bytes.Buffer
			cmd.Stderr = &messages
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			waitFor(t, filepath.Join(dir, "checkpoint", "checkpoint"))
			harm()
			if err := cmd.Wait(); err != nil {
				t.Fatalf("%v: %s", err, &messages)
			}
			got := historyOf(t, dir)
			if !slices.Equal(got.Loss, want.Loss) || !slices.Equal(got.ValLoss, want.ValLoss) || !bytes.Equal(got.weights, want.weights) {
				t.Error("it ended with other numbers")
			}
			if !strings.Contains(messages.String(), "training goes on from") {
				t.Errorf("nothing was lost, or nobody was told: %s", &messages)
			}
		})
	}
}

func waitFor(t *testing.T, path string) {
	t.Helper()
	for range 600 {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s does not appear", path)
}

// An elastic run continues without a lost worker. A run can be resumed with another
// number of workers, or without workers.
func TestFewerWorkers(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for half a minute")
	}
	workers, cluster := startWorkers(t, 2)
	args := []string{"mnist-mlp-relu", "--dataset", "sample-mnist", "--limit", "5000", "--batch-size", "64", "--worker-timeout", "2s", "--verbose", "0"}
	want := trained(t, append(args[:len(args)-4:len(args)-4], "--epochs", "10", "--threads", "1", "--replicas", "1")...)
	dir := filepath.Join(t.TempDir(), "run")
	cmd := process(t, append(append([]string{"train"}, args...), "--cluster", cluster, "--elastic", "--epochs", "8", "--out", dir)...)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, filepath.Join(dir, "checkpoint", "checkpoint"))
	workers[0].signal(syscall.SIGKILL)
	if err := cmd.Wait(); err != nil || !strings.Contains(messages.String(), "on 1 workers: "+workers[1].address) {
		t.Fatalf("%v: %s", err, &messages)
	}
	status, said := here(t, append(append([]string{"train"}, args[:len(args)-4]...), "--verbose", "0", "--epochs", "10", "--out", dir, "--resume")...)
	if status != 0 {
		t.Fatal(said)
	}
	if got := historyOf(t, dir); len(got.Loss) != 10 || got.apart(want, 10) > 1e-3 {
		t.Errorf("losses %v, want %v", got.Loss, want.Loss)
	}
	folder, err := runfolder.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if config, err := folder.Config(); err != nil || len(config.Workers) != 0 || len(config.Earlier) != 2 || len(config.Earlier[0].Workers) != 2 || len(config.Earlier[1].Workers) != 1 {
		t.Errorf("config.json says %+v, %+v, %v", config.Workers, config.Earlier, err)
	}
}

func TestAbsentWorkers(t *testing.T) {
	w := startWorker(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts connections but never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for name, tt := range map[string]struct{ address, want string }{
		"nobody listens": {"127.0.0.1:1", "connection refused"},
		"no worker":      {silent.Addr().String(), "no answer within 1s"},
	} {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			status, messages := here(t, small(filepath.Join(t.TempDir(), "run"), "--cluster", w.address+","+tt.address, "--worker-timeout", "1s")...)
			if status != 1 || strings.Count(messages, "\n") != 1 || !strings.Contains(messages, "worker "+tt.address) || !strings.Contains(messages, tt.want) {
				t.Errorf("status %d: %s", status, messages)
			}
			if d := time.Since(begun); d > 15*time.Second {
				t.Errorf("it took %s", d)
			}
		})
	}
}

// A run that waits for its workers ends at once when it is interrupted.
func TestInterruptedWithoutWorkers(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(time.Second, func() { cancel(interrupted{syscall.SIGINT}) })
	begun := time.Now()
	var messages bytes.Buffer
	args := small(filepath.Join(t.TempDir(), "run"), "--cluster", "127.0.0.1:1", "--worker-timeout", "1m")
	if status := run(ctx, append([]string{"tflab"}, args...), io.Discard, &messages); status != 130 || !strings.Contains(messages.String(), "interrupted") {
		t.Errorf("status %d, %q: want 130", status, messages.String())
	}
	if d := time.Since(begun); d > 10*time.Second {
		t.Errorf("it took %s", d)
	}
}

// A worker on a loopback address cannot be reached by another address of its machine,
// survives garbage on its port, and exits on SIGTERM.
func TestWorkerKeepsToItself(t *testing.T) {
	w := startWorker(t)
	_, port, err := net.SplitHostPort(w.address)
	if err != nil || !strings.HasPrefix(w.line, "worker 127.0.0.1:"+port+" TensorFlow 2.") || !strings.HasSuffix(w.line, " devices cpu\n") {
		t.Fatalf("%q, %v", w.line, err)
	}
	others := []string{"127.0.0.2", "::1"}
	if all, err := net.InterfaceAddrs(); err == nil {
		for _, a := range all {
			if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && !ip.IP.IsLinkLocalUnicast() {
				others = append(others, ip.IP.String())
			}
		}
	}
	for _, host := range others {
		if c, err := net.DialTimeout("tcp", net.JoinHostPort(host, port), time.Second); err == nil {
			c.Close()
			t.Errorf("it can be reached by %s", host)
		}
	}
	for _, garbage := range []string{"", "GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", rand.Text() + "\x00\xff", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"} {
		for range 5 {
			c, err := net.Dial("tcp", w.address)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(c, garbage)
			c.Close()
		}
	}
	status, messages := here(t, small(filepath.Join(t.TempDir(), "run"), "--cluster", w.address, "--limit", "200", "--epochs", "1")...)
	if status != 0 {
		t.Errorf("after garbage: %s", messages)
	}
	w.signal(syscall.SIGTERM)
	if err := w.cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

func TestWorkerListen(t *testing.T) {
	w := startWorker(t)
	for listen, want := range map[string]string{"0.0.0.0:7000": "every address", ":7000": "every address", "[::]:7000": "every address", "7000": "want HOST:PORT",
		w.address: "address already in use"} {
		if status, messages := here(t, "worker", "--listen", listen); status == 0 || !strings.Contains(messages, want) || strings.Count(messages, "\n") != 1 {
			t.Errorf("%s: status %d: %s", listen, status, messages)
		}
	}
}
