package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// worker is a worker process of a cluster.
type worker struct {
	tflab, address string
	cmd            *exec.Cmd
}

// start starts the worker, or starts it again on the same address, and waits until it
// is ready.
func (w *worker) start() error {
	w.cmd = exec.Command(w.tflab, "worker", "--listen", w.address, "--threads", "1", "--device", "cpu")
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := w.cmd.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	fields := strings.Fields(line)
	if err != nil || len(fields) < 2 {
		return fmt.Errorf("%s: not ready: %q, %w", w.cmd, line, err)
	}
	w.address = fields[1]
	return nil
}

func (w *worker) kill() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait() // it was killed
}

// faults are the faults that a worker can have during a run.
var faults = []struct {
	name string
	harm func(*worker) error
}{
	{"killed, back after 1 s", func(w *worker) error {
		w.kill()
		time.Sleep(time.Second)
		return w.start()
	}},
	{"stopped for 6 s", func(w *worker) error {
		err := w.cmd.Process.Signal(syscall.SIGSTOP)
		time.Sleep(6 * time.Second)
		_ = w.cmd.Process.Signal(syscall.SIGCONT)
		return err
	}},
}

// disturb trains on n workers, kills or stops one of them at a random moment of each
// run, and compares each run with an undisturbed one.
func (t *trial) disturb(n int) error {
	var workers []*worker
	var addresses []string
	for range n {
		w := &worker{tflab: t.tflab, address: "127.0.0.1:0"}
		if err := w.start(); err != nil {
			return err
		}
		defer w.kill()
		workers, addresses = append(workers, w), append(addresses, w.address)
	}
	t.args = append(t.args, "--cluster", strings.Join(addresses, ","), "--worker-timeout", "4s")
	whole, disturbed := filepath.Join(t.dir, "whole"), filepath.Join(t.dir, "disturbed")
	begun := time.Now()
	if _, err := t.train(context.Background(), whole, nil); err != nil {
		return err
	}
	length := time.Since(begun)
	fmt.Fprintf(t.out, "%s: %.1fs undisturbed\n", strings.Join(t.args, " "), length.Seconds())
	random := rand.New(rand.NewPCG(t.seed, 0))
	for i := range t.kills {
		fault, victim, moment := faults[i%len(faults)], random.IntN(n), time.Duration(random.Float64()*float64(length))
		failed := make(chan error, 1)
		go func() {
			time.Sleep(moment)
			failed <- fault.harm(workers[victim])
		}()
		var all []string
		_, err := t.train(context.Background(), disturbed, nil)
		if err = errors.Join(<-failed, err); err == nil {
			all, err = same(whole, disturbed)
		}
		if err != nil {
			return fmt.Errorf("fault %d, worker %d %s after %s: %w", i+1, victim, fault.name, moment, err)
		}
		fmt.Fprintf(t.out, "fault %2d: worker %d %s, after %5.2fs: ended, the same: %s\n", i+1, victim, fault.name, moment.Seconds(), strings.Join(all, ", "))
		if err := os.RemoveAll(disturbed); err != nil {
			return err
		}
	}
	return nil
}
