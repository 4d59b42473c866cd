package main

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/npy"
)

// A residual network, whose batch normalizations exchange their statistics in the
// middle of the step, trains on workers and on as many replicas of one process, with a
// smaller last batch. The losses of both epochs and all weights are equal up to
// rounding. The first epoch's loss also equals that of one replica up to rounding.
func TestResNetOnWorkers(t *testing.T) {
	if testing.Short() {
		t.Skip("trains five times")
	}
	workers, three := startWorkers(t, 3)
	two := workers[0].address + "," + workers[1].address
	args := []string{"cifar10-resnet8", "--dataset", "sample-cifar10", "--limit", "67", "--batch-size", "32", "--epochs", "2", "--validation", "none"}
	one := trained(t, append(args, "--replicas", "1", "--threads", "1", "--epochs", "1")...)
	for n, cluster := range map[string]string{"2": two, "3": three} {
		want := trained(t, append(args, "--replicas", n, "--threads", n)...)
		got := trained(t, append(args, "--cluster", cluster)...)
		if d := got.apart(want, 2); d > 1e-6 {
			t.Errorf("%s workers: losses %v are apart from those of as many replicas, %v, by %.1e", n, got.Loss, want.Loss, d)
		}
		if d := weightsApart(t, got, want); d > 1e-4 {
			t.Errorf("%s workers: the weights are apart from those of as many replicas by %.1e", n, d)
		}
		if d := got.apart(one, 1); d > 1e-5 {
			t.Errorf("%s workers: the first epoch's loss %v is apart from that of one replica, %v, by %.1e", n, got.Loss[0], one.Loss[0], d)
		}
	}
}

// weightsApart returns the largest difference between the weights of two runs.
func weightsApart(t *testing.T, a, b *history) float64 {
	t.Helper()
	var both [2][]npy.Entry
	for i, h := range []*history{a, b} {
		entries, err := npy.ReadArchive(filepath.Join(h.dir, runfolder.WeightsFile))
		if err != nil {
			t.Fatal(err)
		}
		both[i] = entries
	}
	largest := 0.
	for i, entry := range both[0] {
		x, y := entry.Array.Float32(), both[1][i].Array.Float32()
		if len(x) != len(y) || entry.Name != both[1][i].Name {
			t.Fatalf("%s is %s in the other run", entry.Name, both[1][i].Name)
		}
		for k := range x {
			largest = max(largest, math.Abs(float64(x[k])-float64(y[k])))
		}
	}
	return largest
}
