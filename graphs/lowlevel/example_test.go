package lowlevel_test

import (
	"fmt"
	"log"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/lowlevel"
)

// A filter that finds vertical edges, followed by the threshold at zero.
func Example() {
	image, err := tf.NewTensor([][]float32{ // height 3, width 4
		{0, 0, 1, 1},
		{0, 0, 1, 1},
		{0, 0, 1, 1},
	})
	if err != nil {
		log.Fatal(err)
	}
	filters, err := tf.NewTensor([][][]float32{{{-1}, {1}}}) // height 1, width 2, one filter
	if err != nil {
		log.Fatal(err)
	}
	results, err := lowlevel.Apply(func(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
		maps, err := lowlevel.Conv2D(s, in[0], in[1])
		if err != nil {
			return nil, err
		}
		maps, err = lowlevel.ReLU(s, maps)
		return []tf.Output{maps}, err
	}, image, filters)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(results[0].Shape(), results[0].Value())
	// Output: [3 3 1] [[[0] [1] [0]] [[0] [1] [0]] [[0] [1] [0]]]
}
