// Command memtest trains a network for many epochs and prints the memory of the process
// after its third epoch and at its end.
//
//	go run ./scripts/memtest [--tflab bin/tflab] [--epochs 200] [-- NETWORK FLAG...]
//
// It fails if the memory has grown by more than 5 %.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

const (
	settled = 3    // number of epochs until all one-time allocations have been made
	allowed = 0.05 // relative growth
)

func main() {
	tflab := flag.String("tflab", "bin/tflab", "the `program`")
	epochs := flag.Int("epochs", 200, "train for `N` epochs")
	flag.Parse()
	network := flag.Args()
	if len(network) == 0 {
		network = []string{"mnist-mlp-relu", "--limit", "2000"}
	}
	if err := measure(*tflab, *epochs, network); err != nil {
		fmt.Fprintln(os.Stderr, "memtest:", err)
		os.Exit(1)
	}
}

// measure runs the training and prints the memory of the process.
func measure(tflab string, epochs int, network []string) error {
	if epochs <= settled {
		return fmt.Errorf("%d epochs: want more than %d", epochs, settled)
	}
	dir, err := os.MkdirTemp("", "memtest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// One additional epoch: after the last one, the memory may include the test set.
	train := exec.Command(tflab, append([]string{"train", "--verbose", "2", "--epochs", strconv.Itoa(epochs + 1), "--out", dir + "/run"}, network...)...)
	lines, err := train.StderrPipe()
	if err != nil {
		return err
	}
	if err := train.Start(); err != nil {
		return err
	}
	held, err := watch(lines, train.Process.Pid)
	if failed := train.Wait(); failed != nil || err != nil {
		return fmt.Errorf("%s: %w", train, errors.Join(failed, err))
	}
	if len(held) != epochs+1 {
		return fmt.Errorf("%s: %d lines for %d epochs", train, len(held), epochs+1)
	}
	first, last := held[settled-1], held[epochs-1]
	growth := float64(last)/float64(first) - 1
	for _, e := range []int{1, settled, epochs / 4, epochs / 2, epochs} {
		fmt.Printf("epoch %4d  %7.1f MiB\n", e, float64(held[e-1])/(1<<20))
	}
	fmt.Printf("growth from epoch %d: %+.1f %% (allowed: %g %%)\n", settled, 100*growth, 100*allowed)
	if growth > allowed {
		return fmt.Errorf("the memory grew from %d to %d bytes", first, last)
	}
	return nil
}

// watch returns the resident memory, in bytes, at each epoch's line.
func watch(r io.Reader, pid int) (held []int, err error) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "Epoch ") {
			fmt.Fprintln(os.Stderr, lines.Text())
			continue
		}
		n, failed := resident(pid)
		if failed != nil {
			err = failed
		}
		held = append(held, n)
	}
	return held, err
}

// resident returns the resident memory of a process in bytes (proc(5), statm).
func resident(pid int) (int, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 2 {
		return 0, fmt.Errorf("statm of process %d: %q", pid, raw)
	}
	pages, err := strconv.Atoi(fields[1])
	return pages * os.Getpagesize(), err
}
