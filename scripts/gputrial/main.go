// Command gputrial is for the first hour on a GPU: it tries everything of tflab that
// a GPU can change, in less than 9 minutes, and leaves a folder with summary.md.
//
//	go run ./scripts/gputrial [--tflab bin/tflab] [--out DIR] [--python PATH] [--minutes 9]
//
// It needs no network: it trains on the embedded samples. The comparison with Keras
// wants the interpreter that scripts/reference/setup --gpu prints. On a GPU that
// only counts (a stand-in) it runs as well, and says that its numbers mean nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

func main() {
	tflab := flag.String("tflab", "bin/tflab", "the `program`")
	out := flag.String("out", filepath.Join("runs", "gputrial-"+time.Now().Format("20060102-150405")), "leave everything in the folder `DIR`")
	python := flag.String("python", os.Getenv("TFLAB_REFERENCE"), "run Keras with the interpreter `PATH`")
	device := flag.String("device", "gpu", "try `DEVICE`: gpu or gpu:N")
	minutes := flag.Float64("minutes", 9, "end within `M` minutes")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "gputrial: %q was not expected\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(*minutes*float64(time.Minute)))
	defer cancel()
	t := &trial{tflab: *tflab, out: *out, python: *python, device: *device, progress: os.Stderr}
	if err := t.run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "gputrial: %v\n", err)
		os.Exit(1)
	}
}
