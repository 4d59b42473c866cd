// Command killtest kills a training run repeatedly with SIGKILL, resumes it each time,
// and compares its files with those of an uninterrupted run.
//
//	go run ./scripts/killtest [--tflab bin/tflab] [--kills 20] [--seed 1] NETWORK FLAG...
//
// The seed determines the moments, which are of four kinds in turn: anywhere in a run,
// during the start of the process, while a checkpoint is being written, and while a
// complete checkpoint is being renamed. A run that ends before the required number of
// kills is compared, too, and started again.
//
// With --workers N the run trains on N workers. In each run one worker is killed and
// restarted after a second, or stopped for longer than --worker-timeout.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	tflab := flag.String("tflab", "bin/tflab", "the `program`")
	kills := flag.Int("kills", 20, "kill the run `N` times")
	workers := flag.Int("workers", 0, "train on `N` workers, and kill or stop these instead")
	seed := flag.Uint64("seed", 1, "derive the moments from the seed `N`")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "killtest: want NETWORK and the flags to train it with")
		os.Exit(2)
	}
	dir, err := os.MkdirTemp("", "killtest-")
	if err == nil {
		t := trial{tflab: *tflab, args: flag.Args(), dir: dir, kills: *kills, seed: *seed, out: os.Stdout}
		if *workers > 0 {
			err = t.disturb(*workers)
		} else {
			err = t.run()
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "killtest: %v (the runs are in %s)\n", err, dir)
		os.Exit(1)
	}
	os.RemoveAll(dir)
}
