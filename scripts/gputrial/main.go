// Command gputrial tests everything in tflab that depends on the GPU, in less than 9
// minutes, and writes a folder with summary.md. It is meant for the first run on a new
// GPU.
//
//	go run ./scripts/gputrial [--tflab bin/tflab] [--out DIR] [--python PATH] [--minutes 9]
//
// It trains on the embedded samples and needs no network. The comparison with Keras
// needs the interpreter that scripts/reference/setup --gpu prints. On a simulated GPU
// that only counts it runs as well, and reports that its numbers are meaningless.
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
	out := flag.String("out", filepath.Join("runs", "gputrial-"+time.Now().Format("20060102-150405")), "write everything to the folder `DIR`")
	python := flag.String("python", os.Getenv("TFLAB_REFERENCE"), "run Keras with the interpreter `PATH`")
	device := flag.String("device", "gpu", "test `DEVICE`: gpu or gpu:N")
	minutes := flag.Float64("minutes", 9, "end within `M` minutes")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "gputrial: unexpected argument %q\n", flag.Arg(0))
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
