package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/tflab/tflab/cmd/internal/tflog"
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/cluster"
	"github.com/tflab/tflab/tfmodels"
)

// doctorCluster prints the workers, the links between them and the time that a step of
// each network would need for the links.
func doctorCluster(ctx context.Context, addresses []string, timeout time.Duration, con console) error {
	found, faults := cluster.LookAll(ctx, addresses, timeout)
	for _, w := range found {
		if w.Release != "" {
			fmt.Fprintf(con.out, "worker       %s: TensorFlow %s, %s\n", w.Address, w.Release, strings.Join(w.Devices, ", "))
		}
	}
	if faults != nil {
		return fmt.Errorf("doctor: %w", faults)
	}
	return tflog.Unless(con.tfLog, func() error {
		watch, err := cluster.NewWatch(ctx, addresses, timeout)
		if err != nil {
			return fmt.Errorf("doctor: %w", err)
		}
		for i, a := range addresses {
			answer, err := watch.Answer(i)
			if err != nil {
				return fmt.Errorf("doctor: worker %s: %w", a, err)
			}
			fmt.Fprintf(con.out, "answer       %s: %.2f ms\n", a, milliseconds(answer))
		}
		links, err := cluster.Measure(ctx, watch)
		if err != nil {
			return fmt.Errorf("doctor: %w", err)
		}
		for _, l := range links {
			fmt.Fprintf(con.out, "link         %s to %s: round trip %.2f ms, %s/s\n", l.From, l.To, milliseconds(l.RoundTrip), humanize.Bytes(uint64(l.Bandwidth)))
		}
		writeStepCosts(con.out, len(addresses), links)
		return nil
	})
}

func milliseconds(d time.Duration) float64 { return 1e3 * d.Seconds() }

// writeStepCosts prints how long the gradients of each network take over the slowest
// link. This time adds to the computation, partly overlapping it.
func writeStepCosts(out io.Writer, n int, links []cluster.Link) {
	if len(links) == 0 {
		return
	}
	slowest := links[0]
	for _, l := range links {
		if l.Bandwidth < slowest.Bandwidth {
			slowest.Bandwidth = l.Bandwidth
		}
		slowest.RoundTrip = max(slowest.RoundTrip, l.RoundTrip)
	}
	for _, network := range tfmodels.Catalogue() {
		bytes := graphs.GradientBytes(network.Model)
		way := graphs.AutoReduce.For(n, bytes)
		sent := way.Traffic(n, bytes) / n
		exchanges := 1
		if way == graphs.Sharded {
			exchanges = 2
		}
		cost := float64(exchanges)*milliseconds(slowest.RoundTrip) + 1e3*float64(sent)/slowest.Bandwidth
		fmt.Fprintf(out, "step         %s: each worker sends %s of gradients (%s): about %.1f ms over the slowest link\n",
			network.Name(), humanize.Bytes(uint64(sent)), way, cost)
	}
}
