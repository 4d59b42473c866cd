package layers_test

import (
	"math"
	"slices"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/graphstest"
	"github.com/tflab/tflab/tfmodels/layers"
)

// images is a batch of images of 3x4 pixels and 5 channels whose numbers are all
// different, 1 to 60 in each image.
const examples, pixels = 400, 3 * 4 * 5

// passed returns the output of a layer for the examples of such a batch from index from
// on.
func passed(t *testing.T, l layers.Layer, from int32, training bool) []float32 {
	t.Helper()
	s := op.NewScope()
	one := make([]float32, pixels)
	for i := range one {
		one[i] = float32(i + 1)
	}
	image := op.Reshape(s, op.Const(s.SubScope("image"), one), op.Const(s.SubScope("shape"), []int32{1, 3, 4, 5}))
	x := op.Tile(s, image, op.Const(s.SubScope("times"), []int32{examples - from, 1, 1, 1}))
	pass := graphs.Pass{Training: training, Seed: 3, Step: op.Const(s.SubScope("step"), int64(5))}
	if from > 0 {
		pass.From = op.Const(s.SubScope("from"), []int32{from})
	}
	b := graphs.NewBuilder(s.SubScope("pass"), pass)
	y := op.Reshape(s.SubScope("flat"), l.Build(b.Within("layer"), "layer", x), op.Const(s.SubScope("vector"), []int32{-1}))
	output := op.Identity(s, y)
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	out, err := graphstest.Open(t, s).Run(nil, []tf.Output{output}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out[0].Value().([]float32)
}

func randomLayers() []layers.Layer {
	return []layers.Layer{
		layers.SpatialDropout2D{Rate: 0.25}, layers.GaussianNoise{Deviation: 0.5}, layers.RandomFlip{Horizontal: true, Vertical: true},
		layers.RandomTranslation{Height: [2]float64{-0.3, 0.3}, Width: [2]float64{-0.2, 0.4}, Fill: "constant"},
	}
}

func TestRandomLayersInInferenceAndInParts(t *testing.T) {
	for _, l := range randomLayers() {
		input := passed(t, l, 0, false)
		if input[0] != 1 || input[pixels-1] != pixels || input[pixels] != 1 {
			t.Errorf("%s: changes its input in inference", l.Kind())
		}
		whole := passed(t, l, 0, true)
		if slices.Equal(whole, input) {
			t.Errorf("%s: does nothing in training", l.Kind())
		}
		if part := passed(t, l, 123, true); !slices.Equal(part, whole[123*pixels:]) {
			t.Errorf("%s: a part of the batch has other numbers than in the whole", l.Kind())
		}
	}
}

func TestSpatialDropout(t *testing.T) {
	y := passed(t, layers.SpatialDropout2D{Rate: 0.25}, 0, true)
	dropped := 0
	for e := range examples {
		for c := range 5 {
			gone := y[e*pixels+c] == 0
			if gone {
				dropped++
			}
			for p := range 12 {
				want := float32(p*5+c+1) / 0.75
				if gone {
					want = 0
				}
				if got := y[e*pixels+p*5+c]; math.Abs(float64(got-want)) > 1e-5 {
					t.Fatalf("example %d, channel %d, pixel %d is %v: want %v", e, c, p, got, want)
				}
			}
		}
	}
	if share, n := float64(dropped)/(examples*5), float64(examples*5); math.Abs(share-0.25) > 4*math.Sqrt(0.25*0.75/n) {
		t.Errorf("%g of the channels are dropped: want 0.25", share)
	}
}

func TestGaussianNoise(t *testing.T) {
	y := passed(t, layers.GaussianNoise{Deviation: 0.5}, 0, true)
	var sum, squares, fourth float64
	for i, v := range y {
		d := (float64(v) - float64(i%pixels+1)) / 0.5
		sum, squares, fourth = sum+d, squares+d*d, fourth+d*d*d*d
	}
	n := float64(len(y))
	for _, m := range []struct {
		name                string
		got, want, variance float64
	}{{"mean", sum / n, 0, 1}, {"variance", squares / n, 1, 2}, {"fourth moment", fourth / n, 3, 96}} {
		if bound := 4 * math.Sqrt(m.variance/n); math.Abs(m.got-m.want) > bound {
			t.Errorf("the %s is %g: want %g within %g", m.name, m.got, m.want, bound)
		}
	}
}

func TestRandomFlip(t *testing.T) {
	y := passed(t, layers.RandomFlip{Horizontal: true, Vertical: true}, 0, true)
	seen := map[[2]bool]int{}
	for e := range examples {
		first := int(y[e*pixels]) - 1 // number at the top left
		flipped := [2]bool{first/5/4 == 2, first/5%4 == 3}
		seen[flipped]++
		for p := range 12 {
			r, c := p/4, p%4
			if flipped[0] {
				r = 2 - r
			}
			if flipped[1] {
				c = 3 - c
			}
			if got, want := y[e*pixels+p*5+2], float32((r*4+c)*5+3); got != want {
				t.Fatalf("example %d, flipped %v, pixel %d is %v: want %v", e, flipped, p, got, want)
			}
		}
	}
	for _, rows := range []bool{false, true} {
		for _, columns := range []bool{false, true} {
			if n := seen[[2]bool{rows, columns}]; math.Abs(float64(n)-100) > 4*math.Sqrt(400*0.25*0.75) {
				t.Errorf("%d of %d images are flipped %v, %v: want a quarter", n, examples, rows, columns)
			}
		}
	}
}

// TestRandomTranslation moves by whole pixels, with factors that allow only one
// distance.
func TestRandomTranslation(t *testing.T) {
	l := layers.RandomTranslation{Height: [2]float64{1.0 / 3, 1.0 / 3}, Width: [2]float64{-0.5, -0.5}, Fill: "constant", Value: 7}
	y := passed(t, l, 0, true)
	for p := range 12 {
		r, c := p/4-1, p%4+2 // original position of the pixel
		want := float32(7)
		if r >= 0 && c < 4 {
			want = float32((r*4+c)*5 + 1)
		}
		if got := y[p*5]; math.Abs(float64(got-want)) > 1e-4 {
			t.Errorf("pixel %d is %v: want %v", p, got, want)
		}
	}
}
