package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/tflab/tflab/cmd/internal/benchmark"
	"github.com/tflab/tflab/cmd/internal/settings"
)

// scale measures tflab's float32 step by batch, threads and replicas.
func (b *bench) scale(ctx context.Context, o *contest) error {
	const largest = 1024
	examples := min(o.training, max(4*largest, benchExamples(o.Network, epochWork/4)))
	for batch := 32; batch <= min(largest, examples); batch *= 2 {
		for _, p := range parallelisms(runtime.NumCPU(), o.Device.OnCPU()) {
			flags := []string{"--limit", fmt.Sprint(examples), "--validation", "none", "--epochs", fmt.Sprint(o.Recipe.Epochs),
				"--batch-size", fmt.Sprint(batch), "--threads", fmt.Sprint(p.Threads), "--replicas", fmt.Sprint(p.Replicas)}
			run, err := o.time(ctx, o.runTFLab, flags, (examples+batch-1)/batch)
			if err != nil {
				return err
			}
			o.measured.Scaling = append(o.measured.Scaling, benchmark.Point{Batch: batch, Parallelism: p, Step: run.Step()})
			if err := b.save(); err != nil {
				return err
			}
			if b.con.verbose > 0 {
				fmt.Fprintf(b.con.err, "%s, batch %d, %s: %.2f ms a step\n", o.measured.Name, batch, p, 1e3*run.Step())
			}
		}
	}
	return nil
}

// parallelisms returns the parallelisms to measure: one thread, two threads and all,
// each with one replica, with two and with as many as there are threads.
func parallelisms(cores int, replicate bool) []benchmark.Parallelism {
	var all []benchmark.Parallelism
	for _, threads := range []int{1, 2, cores} {
		for _, replicas := range []int{1, 2, min(threads, settings.MaxReplicas)} {
			p := benchmark.Parallelism{Threads: threads, Replicas: replicas}
			fits := threads <= cores && replicas <= threads && (replicas == 1 || replicate)
			if fits && !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}
