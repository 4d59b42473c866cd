package graphs_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// BenchmarkTrainingStep measures a step of each network of the lab, as Fit runs it: one
// operation is one step with the recipe's batch size. outside-% is the share of the
// time that is not spent in Session.Run.
func BenchmarkTrainingStep(b *testing.B) {
	for _, n := range tfmodels.Catalogue() {
		b.Run(n.Name(), func(b *testing.B) {
			const steps = 50 // per epoch
			examples := noise(b, n, steps*n.Recipe.BatchSize)
			p := compiled(b, n)
			epoch := func(n, epochs int, cb ...fit.Callback) {
				c := fit.Config{Epochs: epochs, BatchSize: n}
				if _, err := fit.Fit(context.Background(), p, examples, c, cb...); err != nil {
					b.Fatal(err)
				}
			}
			epoch(n.Recipe.BatchSize, 1) // plans and warms up

			inside := graphs.TimeTraining(p)
			var measured time.Duration
			var done int
			b.ResetTimer()
			for done < b.N {
				start := time.Now()
				epoch(n.Recipe.BatchSize, 1)
				measured += time.Since(start)
				done += steps
			}
			b.StopTimer()
			perStep := measured / time.Duration(done)
			b.ReportMetric(float64(perStep.Microseconds())/1e3, "ms/step")
			b.ReportMetric(100*(1-inside.Seconds()/measured.Seconds()), "outside-%")
			b.ReportMetric(0, "ns/op") // rounded up to whole epochs, so it is meaningless
		})
	}
}

// noise returns random examples in a network's input shape.
func noise(b testing.TB, n tfmodels.Network, count int) *dataset.Set {
	random := rand.New(rand.NewPCG(1, 2))
	shape := n.InputShape()
	images := make([]byte, count*shape[0]*shape[1]*shape[2])
	for i := range images {
		images[i] = byte(random.Uint32())
	}
	labels := make([]uint8, count)
	for i := range labels {
		labels[i] = uint8(random.IntN(n.Classes()))
	}
	s, err := dataset.New(shape, images, labels, make([]string, n.Classes()))
	if err != nil {
		b.Fatal(err)
	}
	return s
}
