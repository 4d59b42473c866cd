package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v2"

	"github.com/tflab/tflab/cmd/internal/benchmark"
	"github.com/tflab/tflab/cmd/internal/experiment"
	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/tfmodels"
)

// localWorkers is the number of workers that "bench --cluster local" starts.
const localWorkers = 4

// clusterBench measures steps on 1, 2, 4, … workers, alternating with steps of one
// process of one thread.
type clusterBench struct {
	con     console
	workers []string
	local   bool // this command starts the workers
	rounds  int
	epochs  int
	limit   int
	data    []string // flags
	work    string
}

func benchOnCluster(c *cli.Context) (err error) {
	b := &clusterBench{con: consoleOf(c), rounds: c.Int("rounds"), epochs: c.Int("epochs"), limit: c.Int("limit"), workers: strings.Split(c.String("cluster"), ",")}
	networks, err := benchNetworks(c)
	if err != nil {
		return err
	}
	if dir := c.String("data"); dir != "" {
		b.data = []string{"--data", dir}
	}
	if c.String("cluster") == "local" {
		stop, err := b.startWorkers(c.Context)
		defer stop()
		if err != nil {
			return err
		}
	}
	if b.work, err = os.MkdirTemp("", "tflab-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.work)) }()
	for _, n := range networks {
		if err := b.network(c.Context, n); err != nil {
			return err
		}
	}
	return nil
}

// startWorkers starts workers with one thread each.
func (b *clusterBench) startWorkers(ctx context.Context) (stop func(), err error) {
	var all []*exec.Cmd
	stop = func() {
		for _, w := range all {
			_ = w.Process.Signal(syscall.SIGTERM)
			_ = w.Wait() // it was signalled to end
		}
	}
	self, err := os.Executable()
	if err != nil {
		return stop, err
	}
	b.workers, b.local = nil, true
	for range localWorkers {
		w := exec.CommandContext(ctx, self, "worker", "--listen", "127.0.0.1:0", "--threads", "1", "--device", "cpu")
		w.Args[0], w.Stderr = os.Args[0], b.con.err
		out, err := w.StdoutPipe()
		if err != nil {
			return stop, err
		}
		if err := w.Start(); err != nil {
			return stop, err
		}
		all = append(all, w)
		ready, err := bufio.NewReader(out).ReadString('\n')
		fields := strings.Fields(ready)
		if err != nil || len(fields) < 2 {
			return stop, fmt.Errorf("a worker did not start: %q, %w", ready, err)
		}
		b.workers = append(b.workers, fields[1])
	}
	return stop, nil
}

// network measures one network and writes its table.
func (b *clusterBench) network(ctx context.Context, n tfmodels.Network) error {
	s, err := experiment.New(n, nil)
	if err != nil {
		return usageError{err}
	}
	if s.Limit = b.limit; s.Limit == 0 {
		s.Limit = benchExamples(n, epochWork/8)
	}
	steps := (s.Limit + s.Recipe.BatchSize - 1) / s.Recipe.BatchSize
	ways := []clusterWay{{flags: []string{"--threads", "1", "--replicas", "1"}}}
	for count := 1; count <= len(b.workers); count *= 2 {
		ways = append(ways, clusterWay{workers: count, flags: []string{"--cluster", strings.Join(b.workers[:count], ",")}})
	}
	for round := range b.rounds {
		for i := range ways {
			w := &ways[i]
			seconds, sent, err := b.train(ctx, s, w.flags, b.epochs)
			if err != nil {
				return err
			}
			w.steps = append(w.steps, report.Median(seconds[1:])/float64(steps))
			w.ratios = append(w.ratios, w.steps[round]/ways[0].steps[round])
			if b.con.verbose > 0 {
				fmt.Fprintf(b.con.err, "%s, round %d of %d, %s: %.2f ms a step\n", n.Name(), round+1, b.rounds, w, 1e3*w.steps[round])
			}
			if round > 0 || !b.local || w.workers < 2 {
				continue
			}
			_, once, err := b.train(ctx, s, w.flags, 1)
			if err != nil {
				return err
			}
			w.bytes = float64(sent-once) / float64(steps*(b.epochs-1))
		}
	}
	b.write(s, ways)
	return nil
}

// clusterWay is a number of workers. 0 means one process without workers.
type clusterWay struct {
	workers int
	flags   []string
	steps   []float64 // seconds per step in each round
	ratios  []float64 // ratio to one process in the same round
	bytes   float64   // sent per step; 0 means not measured
}

func (w clusterWay) String() string {
	switch w.workers {
	case 0:
		return "one process of one thread"
	case 1:
		return "1 worker"
	}
	return fmt.Sprint(w.workers, " workers")
}

func (b *clusterBench) write(s *experiment.Spec, ways []clusterWay) {
	bytes := graphs.GradientBytes(s.Network)
	t := table.NewWriter()
	t.SetTitle(fmt.Sprintf("%s, batch %d, %s of gradients", s.Network.Name(), s.Recipe.BatchSize, humanize.Bytes(uint64(bytes))))
	t.AppendHeader(table.Row{"", "ms a step", "of one process", "bytes sent a step", "the sum needs"})
	for _, w := range ways {
		sent, least := "", ""
		if w.bytes > 0 {
			sent = humanize.Bytes(uint64(w.bytes))
		}
		if w.workers > 1 {
			least = humanize.Bytes(uint64(graphs.Sharded.Traffic(w.workers, bytes)))
		}
		t.AppendRow(table.Row{w, fmt.Sprintf("%.2f", 1e3*report.Median(w.steps)), fmt.Sprintf("%.2f", report.Median(w.ratios)), sent, least})
	}
	fmt.Fprintln(b.con.out, t.RenderMarkdown())
}

// train trains in a separate process, and returns the seconds per step of each epoch
// and the number of bytes that the loopback interface sent during the training.
func (b *clusterBench) train(ctx context.Context, s *experiment.Spec, flags []string, epochs int) (seconds []float64, sent int64, err error) {
	dir := filepath.Join(b.work, "run")
	defer os.RemoveAll(dir)
	program := keras{Spec: s, con: b.con, ofTFLab: b.data}
	program.con.verbose = 0 // the rounds are reported instead
	before := loopbackBytes()
	err = program.runTFLab(ctx, dir, append([]string{"--limit", fmt.Sprint(s.Limit), "--epochs", fmt.Sprint(epochs), "--validation", "none"}, flags...))
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", strings.Join(flags, " "), err)
	}
	sent = loopbackBytes() - before
	seconds, err = benchmark.TrainSeconds(dir)
	return seconds, sent, err
}

// loopbackBytes returns the number of bytes that the loopback interface has sent, or 0
// if the system does not report it. A row of the table has 8 columns of received data,
// then the columns of sent data.
func loopbackBytes() int64 {
	raw, err := os.ReadFile("/proc/self/net/dev")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		name, counts, _ := strings.Cut(strings.TrimSpace(line), ":")
		if fields := strings.Fields(counts); name == "lo" && len(fields) > 8 {
			n, _ := strconv.ParseInt(fields[8], 10, 64)
			return n
		}
	}
	return 0
}
