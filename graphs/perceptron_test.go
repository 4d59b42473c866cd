package graphs_test

import (
	"math"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
)

// The smallest network with all essential parts: four pixels, three hidden units with
// ReLU, three classes.
const pixels, hidden, classes = 4, 3, 3

// perceptron is that network in TensorFlow.
type perceptron struct{}

func (perceptron) Name() string       { return "perceptron" }
func (perceptron) InputShape() [3]int { return [3]int{2, 2, 1} }
func (perceptron) Classes() int       { return classes }

func (perceptron) Weights() []graphs.Weight {
	return []graphs.Weight{
		{Name: "hidden/kernel", Shape: []int{pixels, hidden}, Initializer: graphs.GlorotUniform},
		{Name: "hidden/bias", Shape: []int{hidden}, Initializer: graphs.Zeros},
		{Name: "out/kernel", Shape: []int{hidden, classes}, Initializer: graphs.GlorotUniform},
		{Name: "out/bias", Shape: []int{classes}, Initializer: graphs.Zeros},
	}
}

func (perceptron) Logits(b *graphs.Builder, x tf.Output) tf.Output {
	return onFlat(b, op.Reshape(b.Scope("flat"), x, op.Const(b.Scope("shape"), []int32{-1, pixels})))
}

// onFlat is the network on flat images [batch, pixels].
func onFlat(b *graphs.Builder, flat tf.Output) tf.Output {
	s := b.Scope("perceptron")
	affine := func(name string, x tf.Output) tf.Output {
		product := op.MatMul(s.SubScope(name+"_product"), x, b.Weight(name+"/kernel"))
		return op.AddV2(s.SubScope(name), product, b.Weight(name+"/bias"))
	}
	return affine("out", op.Relu(s.SubScope("relu"), affine("hidden", flat)))
}

// numbers is the same network in plain float64: its weights, in the order of
// perceptron.Weights.
type numbers [4][]float64

// someNumbers activate each hidden unit for some of the digits but not for others.
func someNumbers() numbers {
	return numbers{
		{0.5, -0.4, 0.3, -0.6, 0.8, 0.1, 0.2, -0.3, -0.7, 0.4, 0.6, 0.9},
		{0.1, -0.2, -0.05},
		{0.7, -0.5, 0.2, -0.3, 0.4, 0.6, 0.1, 0.9, -0.8},
		{0.05, -0.1, 0.02},
	}
}

// entries returns the numbers as named arrays.
func (w numbers) entries() []npy.Entry {
	var all []npy.Entry
	for i, weight := range (perceptron{}).Weights() {
		values := make([]float32, len(w[i]))
		for j, v := range w[i] {
			values[j] = float32(v)
		}
		all = append(all, npy.Entry{Name: weight.Name, Array: npy.New(weight.Shape, values)})
	}
	return all
}

// pass computes one batch: the sums of losses and correct predictions, and the gradient
// of the mean loss with respect to each weight.
func (w numbers) pass(d *digits, batch []int32) (sums graphs.Sums, gradient numbers) {
	for i := range w {
		gradient[i] = make([]float64, len(w[i]))
	}
	for _, i := range batch {
		x := make([]float64, pixels)
		for j, p := range d.images[int(i)*pixels : int(i+1)*pixels] {
			x[j] = float64(p) / 255
		}
		loss, hit := w.example(x, int(d.labels[i]), 1/float64(len(batch)), gradient)
		sums.Loss += loss
		sums.Correct += hit
	}
	return sums, gradient
}

// example adds share times one example's gradient, and returns its loss and whether it
// is classified correctly, 0 or 1.
func (w numbers) example(x []float64, label int, share float64, gradient numbers) (loss, hit float64) {
	h := affine(x, w[0], w[1])
	for i := range h {
		h[i] = max(h[i], 0)
	}
	logits := affine(h, w[2], w[3])
	sum, best := 0.0, 0
	for c, z := range logits {
		sum += math.Exp(z)
		if z > logits[best] {
			best = c
		}
	}
	dh := make([]float64, hidden)
	for c, z := range logits {
		dz := share * math.Exp(z) / sum
		if c == label {
			dz -= share
		}
		gradient[3][c] += dz
		for i := range h {
			gradient[2][i*classes+c] += h[i] * dz
			dh[i] += w[2][i*classes+c] * dz
		}
	}
	for i, dz := range dh {
		if h[i] == 0 {
			continue
		}
		gradient[1][i] += dz
		for j := range x {
			gradient[0][j*hidden+i] += x[j] * dz
		}
	}
	if best == label {
		hit = 1
	}
	return math.Log(sum) - logits[label], hit
}

func affine(x, kernel, bias []float64) []float64 {
	y := append([]float64(nil), bias...)
	for i := range y {
		for j := range x {
			y[i] += x[j] * kernel[j*len(y)+i]
		}
	}
	return y
}

// moved returns the weights after one step of an update rule.
func (w numbers) moved(gradient numbers, rule func(w, g float64) float64) (after numbers) {
	for i := range w {
		for j := range w[i] {
			after[i] = append(after[i], rule(w[i][j], gradient[i][j]))
		}
	}
	return after
}

// digits are examples of four pixels.
type digits struct {
	images []byte
	labels []uint8
}

func (d *digits) Len() int        { return len(d.labels) }
func (d *digits) Shape() [3]int   { return [3]int{2, 2, 1} }
func (d *digits) Images() []byte  { return d.images }
func (d *digits) Labels() []uint8 { return d.labels }

// tenDigits returns two batches of four and two more digits.
func tenDigits() *digits {
	d := &digits{}
	for i := range 10 {
		for j := range pixels {
			d.images = append(d.images, byte(i*67+j*101+i*j*29))
		}
		d.labels = append(d.labels, uint8(i*i+1)%classes)
	}
	return d
}
