package tfmodels_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// volume is a batch of images, in float64: [examples, height, width, channels].
type volume struct {
	n, h, w, c int
	v          []float64
}

func newVolume(n, h, w, c int) volume { return volume{n, h, w, c, make([]float64, n*h*w*c)} }

func (x volume) at(n, i, j, c int) *float64 { return &x.v[((n*x.h+i)*x.w+j)*x.c+c] }

// naiveResNet is a residual network implemented with loops: its weights by name, and
// the number of convolutions and normalizations so far.
type naiveResNet struct {
	weights map[string][]float64
	moving  map[string][]float64 // moving averages after the step
	met     int
}

// normalized computes a convolution with padding, then a batch normalization.
func (r *naiveResNet) normalized(x volume, filters, size, stride int) volume {
	suffix := ""
	if r.met > 0 {
		suffix = fmt.Sprintf("_%d", r.met)
	}
	r.met++
	k := r.weights["conv2d"+suffix+"/kernel"]
	y := newVolume(x.n, (x.h+stride-1)/stride, (x.w+stride-1)/stride, filters)
	before := max(0, (y.h-1)*stride+size-x.h) / 2 // TensorFlow's SAME; images are square
	for n := range y.n {
		for i := range y.h {
			for j := range y.w {
				for a := range size {
					for b := range size {
						p, q := i*stride+a-before, j*stride+b-before
						if p < 0 || q < 0 || p >= x.h || q >= x.w {
							continue
						}
						for c := range x.c {
							for f := range filters {
								*y.at(n, i, j, f) += *x.at(n, p, q, c) * k[((a*size+b)*x.c+c)*filters+f]
							}
						}
					}
				}
			}
		}
	}
	return r.batchNorm(y, "batch_normalization"+suffix)
}

func (r *naiveResNet) batchNorm(x volume, name string) volume {
	count := float64(x.n * x.h * x.w)
	y := newVolume(x.n, x.h, x.w, x.c)
	for c := range x.c {
		mean, variance := 0.0, 0.0
		for i := c; i < len(x.v); i += x.c {
			mean += x.v[i] / count
		}
		for i := c; i < len(x.v); i += x.c {
			variance += (x.v[i] - mean) * (x.v[i] - mean) / count
		}
		for i := c; i < len(x.v); i += x.c {
			y.v[i] = r.weights[name+"/gamma"][c]*(x.v[i]-mean)/math.Sqrt(variance+0.001) + r.weights[name+"/beta"][c]
		}
		r.average(name+"/moving_mean", c, mean)
		r.average(name+"/moving_variance", c, variance)
	}
	return y
}

func (r *naiveResNet) average(name string, c int, batch float64) {
	if r.moving[name] == nil {
		r.moving[name] = make([]float64, len(r.weights[name]))
	}
	r.moving[name][c] = 0.9*r.weights[name][c] + 0.1*batch
}

func naiveSum(x, y volume) volume {
	sum := newVolume(x.n, x.h, x.w, x.c)
	for i := range sum.v {
		sum.v[i] = x.v[i] + y.v[i]
	}
	return sum
}

func rectified(x volume) volume {
	for i := range x.v {
		x.v[i] = max(x.v[i], 0)
	}
	return x
}

// loss returns the mean cross-entropy of a batch.
func (r *naiveResNet) loss(x volume, labels []uint8, filters int, blocks []tfmodels.Residual, classes int) float64 {
	r.met, r.moving = 0, map[string][]float64{}
	x = rectified(r.normalized(x, filters, 3, 1))
	for _, b := range blocks {
		y := r.normalized(rectified(r.normalized(x, b.Filters, 3, b.Stride)), b.Filters, 3, 1)
		if b.Stride > 1 {
			x = r.normalized(x, b.Filters, 1, b.Stride)
		}
		x = rectified(naiveSum(y, x))
	}
	total := 0.0
	for n := range x.n {
		logits := append([]float64(nil), r.weights["dense/bias"]...)
		for i := range x.h * x.w {
			for c := range x.c {
				for k := range classes {
					logits[k] += x.v[(n*x.h*x.w+i)*x.c+c] / float64(x.h*x.w) * r.weights["dense/kernel"][c*classes+k]
				}
			}
		}
		sum := 0.0
		for _, z := range logits {
			sum += math.Exp(z)
		}
		total += (math.Log(sum) - logits[labels[n]]) / float64(x.n)
	}
	return total
}

// One step of a residual network changes each weight by the gradient of a naive network
// in float64, and the moving averages by its moments, with one replica and with
// several.
func TestResidualStepIsThatOfANaiveNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
	const side, examples, classes, filters = 6, 5, 3, 3
	blocks := []tfmodels.Residual{{Filters: 3, Stride: 1}, {Filters: 4, Stride: 2}, {Filters: 5, Stride: 2}}
	m, err := tfmodels.ResNet("small", [3]int{side, side, 2}, filters, blocks, classes)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	var entries []npy.Entry
	naive := &naiveResNet{weights: map[string][]float64{}}
	for _, w := range m.Weights() {
		values := make([]float32, w.Size())
		for i := range values {
			values[i] = float32(0.2 + 0.4*random.NormFloat64())
			if w.Role == graphs.State {
				values[i] = 0.5 + random.Float32()
			}
			naive.weights[w.Name] = append(naive.weights[w.Name], float64(values[i]))
		}
		entries = append(entries, npy.Entry{Name: w.Name, Array: npy.New(w.Shape, values)})
	}
	images, labels := make([]byte, examples*side*side*2), make([]uint8, examples)
	x := newVolume(examples, side, side, 2)
	for i := range images {
		images[i] = byte(random.Uint32())
		x.v[i] = float64(images[i]) / 255
	}
	for i := range labels {
		labels[i] = uint8(i % classes)
	}
	set, err := dataset.New([3]int{side, side, 2}, images, labels, make([]string, classes))
	if err != nil {
		t.Fatal(err)
	}
	loss := naive.loss(x, labels, filters, blocks, classes)
	want := naive.moving
	for _, w := range m.Weights() {
		if w.Role != graphs.Trained {
			continue
		}
		values := naive.weights[w.Name]
		for i, here := range values {
			const h = 1e-6
			values[i] = here + h
			above := naive.loss(x, labels, filters, blocks, classes)
			values[i] = here - h
			below := naive.loss(x, labels, filters, blocks, classes)
			values[i] = here
			want[w.Name] = append(want[w.Name], here-(above-below)/(2*h))
		}
	}
	for _, replicas := range []int{1, 2, 7} {
		p, err := graphs.Compile(m, graphs.Options{Optimizer: optim.SGD(1, optim.Momentum{}), Device: graphs.CPU, Replicas: replicas})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := p.SetWeights(entries); err != nil {
			t.Fatal(err)
		}
		if err := p.Training.Load(set); err != nil {
			t.Fatal(err)
		}
		if err := p.Training.Begin(nil, examples, graphs.Sums{}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Training.Step(); err != nil {
			t.Fatal(err)
		}
		sums, err := p.Training.Sums()
		if err != nil {
			t.Fatal(err)
		}
		near(t, "loss", []float64{sums.Loss / examples}, []float64{loss}, 1e-5, 0)
		for _, got := range weightsOf(t, p) {
			near(t, fmt.Sprintf("%d replicas: %s", replicas, got.Name), got.Array.Float64(), want[got.Name], 1e-5, 5e-6)
		}
	}
}
