// Command killtest kills a training run with SIGKILL, again and again, resumes
// it each time, and compares what it leaves with what an uninterrupted run does.
//
//	go run ./scripts/killtest [--tflab bin/tflab] [--kills 20] [--seed 1] NETWORK FLAG...
//
// The moments are drawn by the seed, of four kinds in turn: anywhere in
// a run's length, while the process starts, while a checkpoint is written, and
// while a whole one takes its place. A run that ends before it has been killed
// often enough is compared, too, and begun anew.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	tflab := flag.String("tflab", "bin/tflab", "the `program`")
	kills := flag.Int("kills", 20, "kill it `N` times")
	seed := flag.Uint64("seed", 1, "of the moments")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "killtest: want NETWORK and the flags to train it with")
		os.Exit(2)
	}
	dir, err := os.MkdirTemp("", "killtest-")
	if err == nil {
		t := trial{tflab: *tflab, args: flag.Args(), dir: dir, kills: *kills, seed: *seed, out: os.Stdout}
		err = t.run()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "killtest: %v (the runs are in %s)\n", err, dir)
		os.Exit(1)
	}
	os.RemoveAll(dir)
}
