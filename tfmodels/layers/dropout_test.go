package layers_test

import (
	"cmp"
	"math"
	"slices"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/graphstest"
	"github.com/tflab/tflab/tfmodels/layers"
)

// draw is one pass of a dropout layer over ones.
type draw struct {
	rate      float64
	layer     string
	seed      int64
	step      int64
	from      int32 // first row of the batch in this pass
	width     int   // number of elements in a row
	inference bool
}

// rows of width elements in a draw: enough to measure the share of zeros to 0.2 %.
const rows, width = 500, 1000

// of returns the layer's output for ones [rows - from, width], and the gradient of its
// sum with respect to them.
func (d draw) of(t *testing.T) (values, gradient []float32) {
	t.Helper()
	s := op.NewScope()
	shape := []int32{rows - d.from, int32(cmp.Or(d.width, width))}
	x := op.Fill(s.SubScope("ones"), op.Const(s.SubScope("shape"), shape), op.Const(s.SubScope("one"), float32(1)))
	pass := graphs.Pass{Training: !d.inference, Seed: d.seed, Step: op.Const(s.SubScope("step"), d.step)}
	if d.from > 0 {
		pass.From = op.Const(s.SubScope("from"), []int32{d.from})
	}
	b := graphs.NewBuilder(s.SubScope("pass"), pass)
	y := layers.Dropout{Rate: d.rate}.Build(b.Within(d.layer), d.layer, x)
	g := op.Gradients(s.SubScope("gradients"), []tf.Output{y}, []tf.Output{x})
	out, err := graphstest.Open(t, s).Run(nil, []tf.Output{y, g[0]}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(out[0].Value().([][]float32)...), slices.Concat(out[1].Value().([][]float32)...)
}

func zeros(values []float32) int {
	n := 0
	for _, v := range values {
		if v == 0 {
			n++
		}
	}
	return n
}

func TestDropoutDropsItsShareAndScalesTheRest(t *testing.T) {
	for _, rate := range []float64{0.1, 0.25, 0.5, 0.9} {
		values, gradient := draw{rate: rate, layer: "dropout", seed: 1}.of(t)
		if !slices.Equal(values, gradient) {
			t.Errorf("rate %g: the gradient by ones is not the mask", rate)
		}
		scale, sum := float32(1/(1-rate)), 0.0
		for i, v := range values {
			if v != 0 && v != scale {
				t.Fatalf("rate %g: element %d is %v, want 0 or %v", rate, i, v, scale)
			}
			sum += float64(v)
		}
		n := float64(len(values))
		deviation := math.Sqrt(rate * (1 - rate) / n) // of a binomial share
		if share := float64(zeros(values)) / n; math.Abs(share-rate) > 4*deviation {
			t.Errorf("rate %g: %g are dropped, want %g within %g", rate, share, rate, 4*deviation)
		}
		if mean := sum / n; math.Abs(mean-1) > 4*deviation/(1-rate) {
			t.Errorf("rate %g: mean %g, want 1 within %g", rate, mean, 4*deviation/(1-rate))
		}
	}
}

func TestDropoutIsAFunctionOfSeedLayerAndStep(t *testing.T) {
	first := draw{rate: 0.5, layer: "dropout", seed: 1, step: 7}
	mask, _ := first.of(t)
	if again, _ := first.of(t); !slices.Equal(mask, again) {
		t.Error("the same seed, layer and step give another mask")
	}
	others := []draw{
		{rate: 0.5, layer: "dropout", seed: 1, step: 8},
		{rate: 0.5, layer: "dropout", seed: 1, step: 7 + 1<<33},
		{rate: 0.5, layer: "dropout", seed: 2, step: 7},
		{rate: 0.5, layer: "dropout", seed: -1, step: 7},
		{rate: 0.5, layer: "dropout_1", seed: 1, step: 7},
	}
	for _, other := range others {
		values, _ := other.of(t)
		independent(t, other, mask, values)
	}
	independent(t, "one row on", mask[:len(mask)-width], mask[width:])
	independent(t, "one element on", mask[:len(mask)-1], mask[1:])
}

// A mask of 1001 elements per example is computed in a different way than one of 1000,
// and so is a rate that is not a multiple of 1/256.
func TestDropoutOfAPartOfTheBatchIsThatOfTheWhole(t *testing.T) {
	for _, d := range []draw{
		{rate: 0.5, width: 1000}, {rate: 0.5, width: 1001}, {rate: 0.5, width: 1004}, {rate: 0.3, width: 1000}, {rate: 0.3, width: 1001},
	} {
		d.layer, d.seed, d.step = "dropout", 1, 7
		whole, _ := d.of(t)
		d.from = 123
		part, _ := d.of(t)
		if !slices.Equal(part, whole[123*d.width:]) {
			t.Errorf("%+v: another mask than from row 123 of the whole batch's", d)
		}
	}
}

// independent checks that two masks of rate 0.5 agree in half of their elements.
func independent(t *testing.T, what any, a, b []float32) {
	t.Helper()
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	n := float64(len(a))
	if share, bound := float64(same)/n, 4*math.Sqrt(0.25/n); math.Abs(share-0.5) > bound {
		t.Errorf("%+v: %g of the mask is the same, want 0.5 within %g", what, share, bound)
	}
}

func TestDropoutThatDoesNothing(t *testing.T) {
	for _, d := range []draw{{rate: 0.5, layer: "dropout", inference: true}, {rate: 0, layer: "dropout"}} {
		values, gradient := d.of(t)
		for i := range values {
			if values[i] != 1 || gradient[i] != 1 {
				t.Fatalf("%+v: element %d is %v, its gradient %v: want 1 and 1", d, i, values[i], gradient[i])
			}
		}
	}
}
