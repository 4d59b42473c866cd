package fit

import (
	"encoding/json"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
)

// BenchmarkCheckpoint measures the checkpoint at an epoch's end: writing the variables
// and a history of a hundred epochs, syncing them to disk and reading them back.
func BenchmarkCheckpoint(b *testing.B) {
	h := History{Epochs: make([]Epoch, 100)}
	for i := range h.Epochs {
		h.Epochs[i] = Epoch{Epoch: i, Training: Score{Loss: 1 / float64(i+3)}, Validation: &Score{Loss: 1 / float64(i+7)}}
	}
	note, err := json.Marshal(State{History: &h})
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"mnist-mlp-relu", "mnist-cnn"} {
		b.Run(name, func(b *testing.B) {
			n, err := tfmodels.Lookup(name)
			if err != nil {
				b.Fatal(err)
			}
			p, err := graphs.Compile(n, graphs.Options{Optimizer: optim.Adadelta(0.001)})
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			dir := shelf(b.TempDir())
			for steps := int64(0); b.Loop(); steps++ {
				if err := dir.put(p, steps, note, 2); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
