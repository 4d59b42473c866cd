package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/tflab/tflab/cmd/internal/benchmark"
)

// scale measures tflab's float32 step by batch and by threads.
func (b *bench) scale(ctx context.Context, o *contest) error {
	threads := []int{1}
	for _, t := range []int{2, runtime.NumCPU()} {
		if t <= runtime.NumCPU() && !slices.Contains(threads, t) {
			threads = append(threads, t)
		}
	}
	const largest = 1024
	examples := min(o.training, max(4*largest, benchExamples(o.network, epochWork/4)))
	for batch := 32; batch <= min(largest, examples); batch *= 2 {
		for _, t := range threads {
			flags := []string{"--limit", fmt.Sprint(examples), "--validation", "none", "--epochs", fmt.Sprint(o.recipe.Epochs),
				"--batch-size", fmt.Sprint(batch), "--threads", fmt.Sprint(t)}
			run, err := o.time(ctx, o.runTFLab, flags, (examples+batch-1)/batch)
			if err != nil {
				return err
			}
			o.measured.Scaling = append(o.measured.Scaling, benchmark.Point{Batch: batch, Threads: t, Step: run.Step()})
			if err := b.save(); err != nil {
				return err
			}
			if b.con.verbose > 0 {
				fmt.Fprintf(b.con.err, "%s, batch %d, threads %d: %.2f ms a step\n", o.measured.Name, batch, t, 1e3*run.Step())
			}
		}
	}
	return nil
}
