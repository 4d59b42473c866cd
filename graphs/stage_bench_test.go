package graphs_test

import (
	"context"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// compiled returns a program of a lab network with the network's default optimizer.
func compiled(b *testing.B, n tfmodels.Network) *graphs.Program {
	b.Helper()
	o, err := optim.New(n.Recipe.Optimizer, optim.Settings{LearningRate: n.Recipe.LearningRate})
	if err != nil {
		b.Fatal(err)
	}
	p, err := graphs.Compile(n, graphs.Options{Optimizer: o, Schedule: optim.InverseTimeDecay(n.Recipe.Decay)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.Close() })
	return p
}

// BenchmarkFirstStep measures the time before a network's second step: building the
// graph, opening a session, loading a batch, and the first step, in which TensorFlow
// plans.
func BenchmarkFirstStep(b *testing.B) {
	for _, n := range tfmodels.Catalogue() {
		b.Run(n.Name(), func(b *testing.B) {
			examples := noise(b, n, n.Recipe.BatchSize)
			for b.Loop() {
				p := compiled(b, n)
				if err := p.Training.Load(examples); err != nil {
					b.Fatal(err)
				}
				if err := p.Training.Begin(nil, n.Recipe.BatchSize, graphs.Sums{}); err != nil {
					b.Fatal(err)
				}
				if _, err := p.Training.Step(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLoad measures loading a data set of the size of MNIST's training set into
// the graph.
func BenchmarkLoad(b *testing.B) {
	n, err := tfmodels.Lookup("mnist-mlp-relu")
	if err != nil {
		b.Fatal(err)
	}
	p, sets := compiled(b, n), []*dataset.Set{noise(b, n, 60000), noise(b, n, 60000)}
	b.SetBytes(int64(len(sets[0].Images())))
	for i := 0; b.Loop(); i++ {
		if err := p.Training.Load(sets[i%2]); err != nil { // the same set would be loaded already
			b.Fatal(err)
		}
	}
}

// BenchmarkEvaluate measures the evaluation of 2,000 examples, without Load.
func BenchmarkEvaluate(b *testing.B) {
	for _, n := range tfmodels.Catalogue() {
		b.Run(n.Name(), func(b *testing.B) {
			const count = 2000
			p, examples := compiled(b, n), noise(b, n, count)
			evaluate := func() {
				if _, err := fit.Evaluate(context.Background(), p, examples); err != nil {
					b.Fatal(err)
				}
			}
			evaluate() // plans and warms up
			for b.Loop() {
				evaluate()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*count), "us/example")
		})
	}
}

// BenchmarkWeights measures reading and setting the weights of a network.
func BenchmarkWeights(b *testing.B) {
	n, err := tfmodels.Lookup("mnist-cnn")
	if err != nil {
		b.Fatal(err)
	}
	p := compiled(b, n)
	b.Run(n.Name()+"/read", func(b *testing.B) {
		for b.Loop() {
			if _, err := p.Weights(); err != nil {
				b.Fatal(err)
			}
		}
	})
	weights, err := p.Weights()
	if err != nil {
		b.Fatal(err)
	}
	b.Run(n.Name()+"/set", func(b *testing.B) {
		for b.Loop() {
			if err := p.SetWeights(weights); err != nil {
				b.Fatal(err)
			}
		}
	})
}
