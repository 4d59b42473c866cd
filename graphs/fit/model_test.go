package fit

import (
	"math"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
)

// dot is a model of one pixel and two classes: logits = pixel*kernel + bias.
type dot struct{}

func (dot) Name() string       { return "dot" }
func (dot) InputShape() [3]int { return [3]int{1, 1, 1} }
func (dot) Classes() int       { return 2 }

func (dot) Weights() []graphs.Weight {
	return []graphs.Weight{
		{Name: "kernel", Shape: []int{1, 2}, Initializer: graphs.Zeros},
		{Name: "bias", Shape: []int{2}, Initializer: graphs.Zeros},
	}
}

func (dot) Logits(b *graphs.Builder, x tf.Output) tf.Output {
	s := b.Scope("dot")
	flat := op.Reshape(s.SubScope("flat"), x, op.Const(s.SubScope("shape"), []int32{-1, 1}))
	return op.AddV2(s, op.MatMul(s, flat, b.Weight("kernel")), b.Weight("bias"))
}

func compile(t *testing.T, o optim.Optimizer) *graphs.Program {
	t.Helper()
	p, err := graphs.Compile(dot{}, graphs.Options{Optimizer: o, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// still returns an optimizer that changes nothing: each loss is ln 2.
func still() optim.Optimizer { return optim.SGD(0, optim.Momentum{}) }

// shades are n examples, each a pixel of its own shade up to 256 of them; the
// bright ones are of class 1.
func shades(n int) *subset {
	s := &subset{shape: [3]int{1, 1, 1}}
	for i := range n {
		shade := byte(i * 255 / max(n-1, 1))
		label := uint8(0)
		if shade >= 128 {
			label = 1
		}
		s.images, s.labels = append(s.images, shade), append(s.labels, label)
	}
	return s
}

// meanLoss computes the mean cross-entropy of the model with these weights
// independently.
func meanLoss(s *subset, weights []npy.Entry) (loss, accuracy float64) {
	kernel, bias := weights[0].Array.Float64(), weights[1].Array.Float64()
	n := float64(s.Len())
	for i, label := range s.labels {
		x := float64(s.images[i]) / 255
		z0, z1 := x*kernel[0]+bias[0], x*kernel[1]+bias[1]
		loss += (math.Log(math.Exp(z0)+math.Exp(z1)) - []float64{z0, z1}[label]) / n
		if (z1 > z0) == (label == 1) {
			accuracy += 1 / n
		}
	}
	return loss, accuracy
}

// subset holds examples made by a test.
type subset struct {
	shape  [3]int
	images []byte
	labels []uint8
}

func (s *subset) Len() int        { return len(s.labels) }
func (s *subset) Shape() [3]int   { return s.shape }
func (s *subset) Images() []byte  { return s.images }
func (s *subset) Labels() []uint8 { return s.labels }
