package lowlevel

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// small returns the configuration of a network that trains in milliseconds.
func small(seed uint64) Config {
	return Config{Shape: [3]int{9, 8, 2}, Classes: 3, Filters: [2]int{3, 4}, Kernel: 3, Nodes: 5, Seed: seed}
}

func newNetwork(t *testing.T, c Config) *Network {
	t.Helper()
	n, err := NewNetwork(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// striped returns images of noise with a bright column, whose position is the label.
func striped(c Config, count int) Examples {
	r := rand.New(rand.NewPCG(3, 3))
	var e Examples
	for i := range count {
		label := i % c.Classes
		for range c.Shape[0] {
			for x := range c.Shape[1] {
				for range c.Shape[2] {
					pixel := r.IntN(100)
					if x == 1+2*label {
						pixel += 150
					}
					e.Images = append(e.Images, byte(pixel))
				}
			}
		}
		e.Labels = append(e.Labels, uint8(label))
	}
	return e
}

func history(t *testing.T, c Config, training Training) []Cycle {
	t.Helper()
	var cycles []Cycle
	err := newNetwork(t, c).Train(context.Background(), striped(c, 60), striped(c, 30), training,
		func(c Cycle) error { cycles = append(cycles, c); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return cycles
}

func TestTrain(t *testing.T) {
	for _, pool := range []int{0, 1} {
		c := small(1)
		c.Pool = pool
		cycles := history(t, c, Training{Cycles: 15, CycleSize: 50, BatchSize: 10})
		if len(cycles) != 16 {
			t.Fatalf("pool %d: %d reports, want one before and one after each of 15 cycles", pool, len(cycles))
		}
		first, last := cycles[0], cycles[15]
		if first.Accuracy > 0.7 || last.Accuracy < 0.95 || !math.IsNaN(first.Loss) || !(last.Loss < cycles[1].Loss) {
			t.Errorf("pool %d: from %+v to %+v, want from about chance to nearly 1, and a falling loss", pool, first, last)
		}
	}
}

func TestTrainRepeats(t *testing.T) {
	training := Training{Cycles: 3, CycleSize: 70, BatchSize: 16} // a cycle takes more than the 60 examples
	same := func(a, b Cycle) bool { return a.Accuracy == b.Accuracy && (a.Loss == b.Loss || a.Number == 0) }
	first := history(t, small(1), training)
	if again := history(t, small(1), training); !slices.EqualFunc(first, again, same) {
		t.Errorf("one seed trained twice:\n%v\n%v\nwant the same numbers", first, again)
	}
	if other := history(t, small(2), training); slices.EqualFunc(first, other, same) {
		t.Errorf("two seeds trained alike: %v", first)
	}
}

// An update changes every variable by the gradient that TensorFlow derives for the same
// network from its fused operations. With bright images some maps have no positive
// element and are constant.
func TestUpdate(t *testing.T) {
	c := small(4)
	c.Pool, c.LearningRate = 2, 1e-2
	c.Shape = [3]int{14, 14, 2}
	n := newNetwork(t, c)
	batch := striped(c, 7)
	before := variables(t, n)
	want := fusedGradients(t, n, batch, before)
	loss, err := n.Update(batch)
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "loss", array{nil, []float64{loss}}, want[0], 1e-5)
	for i, after := range variables(t, n) {
		got := array{after.shape, make([]float64, len(after.data))}
		for j := range got.data {
			got.data[j] = (before[i].data[j] - after.data[j]) / c.LearningRate
		}
		// A weight of about 1 has a precision of 1e-7; divided by the rate, this is
		// 1e-5.
		wantClose(t, fmt.Sprintf("gradient by variable %d", i), got, want[i+1], 2e-4)
	}
}

// variables returns the values of a network's variables, layer by layer.
func variables(t *testing.T, n *Network) []array {
	t.Helper()
	var outputs []tf.Output
	for _, l := range n.graph.layers {
		for _, v := range l.variables {
			outputs = append(outputs, v.value)
		}
	}
	results, err := n.session.Run(nil, outputs, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []array
	for _, r := range results {
		out = append(out, values(t, r))
	}
	return out
}

// fusedGradients returns the loss of a pooled network and its gradients with respect to
// the variables.
func fusedGradients(t *testing.T, n *Network, batch Examples, variables []array) []array {
	t.Helper()
	x := array{shape: []int64{int64(batch.Len()), 14, 14, 2}}
	for _, b := range batch.Images {
		x.data = append(x.data, float64(b)/255)
	}
	y := array{[]int64{int64(batch.Len()), 3}, make([]float64, batch.Len()*3)}
	for i, label := range batch.Labels {
		y.data[3*i+int(label)] = 1
	}
	return compute(t, tf.Float, fused(func(s *op.Scope, in []tf.Output) []tf.Output {
		v, x, y := in[:6], in[6], in[7]
		for i := range 2 {
			x = op.Conv2D(s.SubScope("Conv"), x, v[i], []int64{1, 1, 1, 1}, "VALID")
			x = op.Relu(s.SubScope("Relu"), x)
			shape, _ := x.Shape().ToSlice()
			normalized, _ := momentsNormalize(shape, 1e-9)(s, []tf.Output{x})
			x = op.MaxPool(s.SubScope("Pool"), normalized[0], []int64{1, 2, 2, 1}, []int64{1, 2, 2, 1}, "VALID")
		}
		x = reshape(s, x, int64(batch.Len()), variables[2].shape[0])
		x = op.Relu(s.SubScope("Relu"), op.BiasAdd(s.SubScope("Bias"), matmul(s, x, v[2]), v[3]))
		x = op.BiasAdd(s.SubScope("Bias"), matmul(s, x, v[4]), v[5])
		losses, _ := op.SoftmaxCrossEntropyWithLogits(s, x, y)
		loss := op.Mean(s.SubScope("Mean"), losses, op.Const(s.SubScope("axis"), int32(0)))
		return append([]tf.Output{loss}, op.Gradients(s, []tf.Output{loss}, v)...)
	}), append(slices.Clone(variables), x, y)...)
}

func TestStages(t *testing.T) {
	c := small(1)
	c.Pool = 1
	n := newNetwork(t, c)
	stages, err := n.Stages(striped(c, 1).Images)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range stages {
		got = append(got, fmt.Sprint(s.Name, s.Shape))
	}
	want := []string{
		"input[9 8 2]", "conv 1[7 6 3]", "relu 1[7 6 3]", "normalize 1[7 6 3]", "pool 1[7 6 3]",
		"conv 2[5 4 4]", "relu 2[5 4 4]", "normalize 2[5 4 4]", "pool 2[5 4 4]",
		"hidden[5]", "relu 3[5]", "output[3]", "probabilities[3]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("stages are %q, want %q", got, want)
	}
	var sum float32
	for _, p := range stages[len(stages)-1].Values {
		sum += p
	}
	if math.Abs(float64(sum)-1) > 1e-6 {
		t.Errorf("probabilities sum to %g", sum)
	}
	filters, err := n.Filters()
	if err != nil || !slices.Equal(filters.Shape, []int{3, 3, 2, 3}) || len(filters.Values) != 54 {
		t.Errorf("filters are %v, %v, want 3x3x2x3", filters, err)
	}
}

func TestNetworkErrors(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{Kernel: 29}, "layer conv 1: conv2d: got filters of 29x29"},
		{Config{Kernel: 5, Pool: 24}, "layer conv 2: conv2d: got filters of 5x5"},
		{Config{Pool: 30}, "layer pool 1: maxpool: got extent 30"},
		{Config{Classes: 257}, "network: got classes 257: want 2 to 256"},
		{Config{LearningRate: -1}, "network: got learning rate -1"},
		{Config{Momentum: 1}, "network: got learning rate 0.01 and momentum 1"},
	} {
		if _, err := NewNetwork(c.config); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q…", c.config, err, c.want)
		}
	}
	c := small(1)
	n := newNetwork(t, c)
	good, ctx := striped(c, 6), context.Background()
	quiet := func(Cycle) error { return nil }
	stop, cancel := context.WithCancel(ctx)
	cancel()
	enough := errors.New("enough")
	for what, err := range map[string]error{
		"network: label of example 1: got 3: want 0 to 2": n.Train(ctx, Examples{good.Images[:288], []uint8{0, 3}}, good, Training{}, quiet),
		"network: got 6 labels and 5 bytes of images":     n.Train(ctx, good, Examples{good.Images[:5], good.Labels}, Training{}, quiet),
		"network: got 0 labels":                           n.Train(ctx, Examples{}, good, Training{}, quiet),
		"network: got -1 cycles of 500 examples":          n.Train(ctx, good, good, Training{Cycles: -1}, quiet),
		"enough":                                          n.Train(ctx, good, good, Training{}, func(Cycle) error { return enough }),
		"cycle 1: context canceled":                       n.Train(stop, good, good, Training{}, quiet),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), what) {
			t.Errorf("got %v, want %q…", err, what)
		}
	}
	c.LearningRate = 1e30
	err := newNetwork(t, c).Train(ctx, good, good, Training{Cycles: 50, BatchSize: 2}, quiet)
	if err == nil || !strings.Contains(err.Error(), "use a lower learning rate") {
		t.Errorf("got %v, want an error about the loss", err)
	}
}

// Every example is drawn once before any is drawn again.
func TestDeck(t *testing.T) {
	d := deck{random: rand.New(rand.NewPCG(1, 1)), size: 10}
	dealt := slices.Concat(d.draw(4), d.draw(4), d.draw(12))
	for _, half := range [][]int{dealt[:10], dealt[10:]} {
		slices.Sort(half)
		if !slices.Equal(half, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
			t.Errorf("dealt %v, want each of 0 to 9 once", half)
		}
	}
}
