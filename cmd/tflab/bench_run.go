package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tflab/tflab/cmd/internal/benchmark"
	"github.com/tflab/tflab/cmd/internal/tflog"
	"github.com/tflab/tflab/graphs"
)

// contend measures one network in all rounds.
func (b *bench) contend(ctx context.Context, o *contest) error {
	if err := o.place(ctx); err != nil {
		return err
	}
	n := &benchmark.Network{Name: o.Network.Name(), Batch: o.Recipe.BatchSize, Examples: o.training, Epochs: o.Recipe.Epochs,
		MultiplyAdds: o.Network.MultiplyAdds(), StepWork: benchmark.StepWork(layerWork(o.Network)), Contenders: b.contenders(o)}
	o.measured = n
	b.result.Networks = append(b.result.Networks, n)
	out := map[*benchmark.Contender]bool{} // contenders that skip the remaining rounds
	for round := range b.rounds {
		if err := b.measureLimit(ctx); err != nil {
			return err
		}
		for _, c := range n.Contenders {
			run, err := b.take(ctx, o, c, out)
			if err != nil {
				return err
			}
			c.Runs = append(c.Runs, run)
			b.tell(n, round, c, run)
			if err := b.save(); err != nil {
				return err
			}
		}
		for _, c := range n.Contenders {
			out[c] = out[c] || n.Hopeless(c, round)
		}
	}
	if !b.scaling {
		return nil
	}
	return b.scale(ctx, o)
}

// save writes the measurements so far.
func (b *bench) save() error {
	b.saved = true
	return b.result.Write(b.out)
}

// take lets a contender train unless it is out. A peer that fails is out; the others
// continue.
func (b *bench) take(ctx context.Context, o *contest, c *benchmark.Contender, out map[*benchmark.Contender]bool) (*benchmark.Run, error) {
	if out[c] {
		return nil, nil
	}
	run, err := b.train(ctx, o, c)
	if err != nil && c.Peer != "" && ctx.Err() == nil {
		b.note("%s: %s was left out: %v.", o.measured.Name, c.Name, err)
		out[c], err = true, nil
	}
	return run, err
}

// contenders returns the peers and tflab with their settings.
func (b *bench) contenders(o *contest) []*benchmark.Contender {
	var all []*benchmark.Contender
	add := func(name, precision string, flags ...string) {
		all = append(all, &benchmark.Contender{Name: name, Precision: precision, Flags: flags})
	}
	single := string(graphs.Float32)
	for _, p := range b.peers {
		for _, precision := range b.precisions {
			all = append(all, p.contenders(string(precision), b.settings)...)
		}
	}
	for _, p := range b.precisions {
		add("tflab "+string(p), string(p), "--precision", string(p))
		if o.DefaultReplicas() > 1 {
			add(fmt.Sprintf("tflab %s, 1 replica", p), string(p), "--precision", string(p), "--replicas", "1")
		}
	}
	if b.scaling {
		shape := o.Network.InputShape()
		half := o.training * shape[0] * shape[1] * shape[2] / 2 // of the images, at one byte per number
		add(benchmark.Streaming, single, "--memory-limit", fmt.Sprint(half))
	}
	return all
}

// train does one run of a contender, and keeps only the measurements.
func (b *bench) train(ctx context.Context, o *contest, c *benchmark.Contender) (*benchmark.Run, error) {
	flags := append([]string{"--limit", fmt.Sprint(o.Limit)}, o.both...)
	program := o.runTFLab
	for _, p := range b.peers {
		if p.name == c.Peer {
			program = func(ctx context.Context, out string, flags []string) error {
				return o.runPython(ctx, p.program, out, flags)
			}
		}
	}
	return o.time(ctx, program, append(flags, c.Flags...), o.measured.Steps())
}

// time runs a program to its exit. Its epochs have the given number of steps.
func (o *contest) time(ctx context.Context, program func(context.Context, string, []string) error, flags []string, steps int) (*benchmark.Run, error) {
	dir := filepath.Join(o.Out, "run")
	defer os.RemoveAll(dir)
	load := benchmark.WatchLoad()
	begun := time.Now()
	if err := program(ctx, dir, flags); err != nil {
		return nil, err
	}
	total, others := time.Since(begun).Seconds(), load.Others()
	r, err := benchmark.ReadRun(dir, steps, total)
	if err == nil {
		r.OtherLoad = others
	}
	return r, err
}

// measureLimit measures the machine's rate and keeps the highest rate so far.
func (b *bench) measureLimit(ctx context.Context) error {
	for _, p := range b.precisions {
		var rate benchmark.Rate
		measure := func() (err error) {
			rate, err = b.limit.Measure(ctx, string(p))
			return err
		}
		if err := tflog.Unless(b.con.tfLog, measure); err != nil {
			return err
		}
		b.result.Rates = rate.Higher(b.result.Rates)
	}
	return nil
}

// tell prints the latest measurement.
func (b *bench) tell(n *benchmark.Network, round int, c *benchmark.Contender, run *benchmark.Run) {
	if b.con.verbose > 0 && run != nil {
		fmt.Fprintf(b.con.err, "%s, round %d of %d: %s: %.2f ms a step, %.1f s in all\n", n.Name, round+1, b.rounds, c.Name, 1e3*run.Step(), run.Total)
	}
}

// note prints a warning and also adds it to the page.
func (b *bench) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	b.result.Notes = append(b.result.Notes, text)
	b.con.warn(text)
}
