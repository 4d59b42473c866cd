package graphs_test

import (
	"fmt"
	"log"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/optim"
)

// brightness distinguishes dark and bright images of one pixel: a model with two
// weights.
type brightness struct{}

func (brightness) Name() string       { return "brightness" }
func (brightness) InputShape() [3]int { return [3]int{1, 1, 1} }
func (brightness) Classes() int       { return 2 }
func (brightness) Weights() []graphs.Weight {
	return []graphs.Weight{
		{Name: "dense/kernel", Shape: []int{1, 2}, Initializer: graphs.Ones},
		{Name: "dense/bias", Shape: []int{2}, Initializer: graphs.Zeros},
	}
}
func (brightness) Logits(b *graphs.Builder, x tf.Output) tf.Output {
	s := b.Scope("dense")
	pixels := op.Reshape(s, x, op.Const(s.SubScope("shape"), []int32{-1, 1})) // [batch, 1]
	product := op.MatMul(s, pixels, b.Weight("dense/kernel"))                 // [batch, 2]
	return b.AddBias(product, "dense/bias")
}

// Any type with these five methods is a model. Compile builds its graph, with the
// gradients and the optimizer, and opens a session.
func Example() {
	program, err := graphs.Compile(brightness{}, graphs.Options{Optimizer: optim.SGD(0.1, optim.Momentum{}), Device: "cpu"})
	if err != nil {
		log.Fatal(err)
	}
	defer program.Close()
	weights, err := program.Weights()
	if err != nil {
		log.Fatal(err)
	}
	for _, w := range weights {
		fmt.Println(w.Name, w.Array.Shape, w.Array.Float32())
	}
	// Output:
	// dense/kernel [1 2] [1 1]
	// dense/bias [2] [0 0]
}
