package graphs

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/graphstest"
)

// wired is a network, in float64, whose gradients with respect to all weights are
// compared with central differences.
type wired struct {
	weights []Weight
	build   func(b *Builder, x tf.Output) tf.Output // for 3 images of 6x6 pixels in 2 channels
}

func kernel(name string, shape ...int) Weight { return Weight{Name: name, Shape: shape} }

// layer is a convolution of 3x3 with a bias and a ReLU.
func layer(b *Builder, name string, x tf.Output) tf.Output {
	b = b.Within(name)
	return b.ReLU(b.AddBias(b.Conv2D(x, b.Weight(name+"/kernel"), Convolution{Same: true}), name+"/bias"))
}

func layerWeights(name string) []Weight {
	return []Weight{kernel(name+"/kernel", 3, 3, 2, 2), kernel(name+"/bias", 2)}
}

func add(b *Builder, x, y tf.Output) tf.Output { return op.AddV2(b.Scope("add"), x, y) }

func wirings() map[string]wired {
	a, b2 := layerWeights("a"), layerWeights("b")
	both := slices.Concat(a, b2)
	return map[string]wired{
		"a connection around a ReLU": {a, func(b *Builder, x tf.Output) tf.Output {
			y := b.AddBias(b.Conv2D(x, b.Weight("a/kernel"), Convolution{Same: true}), "a/bias")
			return add(b, b.ReLU(y), y)
		}},
		"a connection around two layers": {slices.Concat(both, layerWeights("c")), func(b *Builder, x tf.Output) tf.Output {
			y := layer(b, "a", x)
			return b.ReLU(add(b, layer(b, "c", layer(b, "b", y)), y))
		}},
		"a layer used twice in a row": {a, func(b *Builder, x tf.Output) tf.Output {
			return layer(b, "a", layer(b, "a", x))
		}},
		"a layer shared by two branches": {both, func(b *Builder, x tf.Output) tf.Output {
			half := op.Mul(b.Scope("half"), x, op.Const(b.Scope("half"), 0.5))
			return layer(b, "b", add(b, layer(b, "a", x), layer(b, "a", half)))
		}},
		"two branches that meet": {slices.Concat(both, []Weight{kernel("joined", 1, 1, 4, 2)}), func(b *Builder, x tf.Output) tf.Output {
			s := b.Scope("joined")
			joined := op.ConcatV2(s, []tf.Output{layer(b, "a", x), layer(b, "b", x)}, op.Const(s.SubScope("axis"), int32(3)))
			return b.Conv2D(joined, b.Weight("joined"), Convolution{})
		}},
		"a weight that reaches the loss in two ways": {a, func(b *Builder, x tf.Output) tf.Output {
			y := layer(b, "a", x)
			s := b.Scope("again")
			return op.BiasAdd(s, op.Mul(s, y, op.Sum(s, b.Weight("a/kernel"), op.Const(s, []int32{0, 1, 2}))), b.Weight("a/bias"))
		}},
		"a branch that is marked": {both, func(b *Builder, x tf.Output) tf.Output {
			s := b.Scope("doubled")
			y := b.Branch(op.Mul(s, layer(b, "a", x), op.Const(s, 2.)))
			return add(b, layer(b, "b", y), b.ReLU(y))
		}},
		"a ReLU beside its pool": {both, func(b *Builder, x tf.Output) tf.Output {
			y := layer(b, "a", x)
			s := b.Scope("up")
			up := op.Tile(s, b.MaxPool(y, square(2)), op.Const(s, []int32{1, 2, 2, 1}))
			return layer(b, "b", add(b, up, y))
		}},
		"windows that overlap": {both, func(b *Builder, x tf.Output) tf.Output {
			return layer(b, "b", b.MaxPool(layer(b, "a", x), Pool{Window: [2]int{3, 2}, Strides: [2]int{2, 1}, Same: true}))
		}},
		"windows that overlap within the image": {both, func(b *Builder, x tf.Output) tf.Output {
			return layer(b, "b", b.MaxPool(layer(b, "a", x), Pool{Window: [2]int{3, 3}, Strides: [2]int{1, 2}}))
		}},
		"means of windows": {both, func(b *Builder, x tf.Output) tf.Output {
			return layer(b, "b", b.AveragePool(layer(b, "a", x), Pool{Window: [2]int{3, 3}, Strides: [2]int{2, 2}, Same: true}))
		}},
		"strides": {[]Weight{kernel("k", 3, 3, 2, 2)}, func(b *Builder, x tf.Output) tf.Output {
			return b.Conv2D(x, b.Weight("k"), Convolution{Strides: [2]int{2, 2}, Same: true})
		}},
		"dilations": {both, func(b *Builder, x tf.Output) tf.Output {
			y := b.Conv2D(layer(b, "a", x), b.Weight("b/kernel"), Convolution{Dilations: [2]int{2, 3}, Same: true})
			return b.AddBias(y, "b/bias")
		}},
		"dilations without padding": {[]Weight{kernel("k", 3, 2, 2, 3)}, func(b *Builder, x tf.Output) tf.Output {
			return b.Conv2D(x, b.Weight("k"), Convolution{Dilations: [2]int{2, 3}})
		}},
		"dilations by channel": {[]Weight{kernel("k", 2, 3, 2, 2), kernel("deep", 3, 3, 4, 1)}, func(b *Builder, x tf.Output) tf.Output {
			y := b.DepthwiseConv2D(x, b.Weight("k"), Convolution{Dilations: [2]int{3, 2}, Same: true})
			return b.DepthwiseConv2D(y, b.Weight("deep"), Convolution{Strides: [2]int{2, 2}})
		}},
		"log softmax of an image": {a, func(b *Builder, x tf.Output) tf.Output { return b.LogSoftmax(layer(b, "a", x)) }},
		"batch normalization": {slices.Concat(both, normWeights("n")), func(b *Builder, x tf.Output) tf.Output {
			return layer(b, "b", b.BatchNorm(layer(b, "a", x), norm("n")))
		}},
		"a residual block": {slices.Concat(both, normWeights("n"), normWeights("m")), func(b *Builder, x tf.Output) tf.Output {
			y := layer(b, "a", x)
			return b.ReLU(add(b, b.BatchNorm(b.Conv2D(y, b.Weight("b/kernel"), Convolution{Same: true}), norm("n")), b.BatchNorm(b.AddBias(y, "b/bias"), norm("m"))))
		}},
		"a normalization that is used twice": {slices.Concat(a, normWeights("n")), func(b *Builder, x tf.Output) tf.Output {
			return b.BatchNorm(layer(b, "a", b.BatchNorm(x, norm("n"))), norm("n"))
		}},
		"a frozen normalization": {slices.Concat(a, normWeights("n")), func(b *Builder, x tf.Output) tf.Output {
			n := norm("n")
			n.Frozen = true
			return b.BatchNorm(layer(b, "a", x), n)
		}},
	}
}

func norm(name string) BatchNorm {
	return BatchNorm{Gamma: name + "/gamma", Beta: name + "/beta", Mean: name + "/mean", Variance: name + "/variance", Momentum: 0.9, Epsilon: 0.01}
}

func normWeights(name string) []Weight {
	return []Weight{kernel(name+"/gamma", 2), kernel(name+"/beta", 2),
		{Name: name + "/mean", Shape: []int{2}, Role: State}, {Name: name + "/variance", Shape: []int{2}, Role: State}}
}

func TestGradientsAreCentralDifferences(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
	for name, w := range wirings() {
		for _, replicas := range []int{1, 2, 5} { // two of five have no examples
			t.Run(fmt.Sprintf("%s, replicas %d", name, replicas), func(t *testing.T) { w.check(t, replicas) })
		}
	}
}

// check compares the gradients of the sum of squares of the network's output.
func (w wired) check(t *testing.T, count int) {
	s := op.NewScope()
	random := rand.New(rand.NewPCG(7, 8))
	pass := Pass{Training: true, Weights: map[string]tf.Output{}}
	var places []tf.Output
	var values [][]float64
	for _, weight := range w.weights {
		p := op.Placeholder(s.SubScope(weight.Name), tf.Double, op.PlaceholderShape(tf.MakeShape(int64s(weight.Shape)...)))
		pass.Weights[weight.Name], places = p, append(places, p)
		values = append(values, numbersOf(random, weight.Size()))
	}
	for i, weight := range w.weights {
		if strings.HasSuffix(weight.Name, "/variance") {
			values[i] = []float64{0.7, 1.3}
		}
	}
	x := op.Placeholder(s.SubScope("x"), tf.Double, op.PlaceholderShape(tf.MakeShape(-1, 6, 6, 2)))
	images := tensorOf(t, []int{3, 6, 6, 2}, numbersOf(random, 3*6*6*2))

	p := &Program{model: modelOf(w.build), options: Options{Replicas: count}}
	all := p.replicate(s, []Pass{pass}, []share{{images: x}})
	y := all.logits(s)[0]
	loss := op.Sum(s.SubScope("loss"), op.Square(s, y), op.Range(s, op.Const(s.SubScope("a"), int32(0)), op.Rank(s, y), op.Const(s.SubScope("b"), int32(1))))
	upstream := op.Mul(s.SubScope("upstream"), y, op.Const(s.SubScope("two"), 2.))
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	gradients := all.gradients(s, trained(w.weights), []tf.Output{upstream}, tf.Double)[0]
	session := graphstest.Open(t, s)
	run := func(fetches ...tf.Output) [][]float64 {
		feeds := map[tf.Output]*tf.Tensor{x: images}
		for i, place := range places {
			feeds[place] = tensorOf(t, w.weights[i].Shape, values[i])
		}
		out, err := session.Run(feeds, fetches, nil)
		if err != nil {
			t.Fatal(err)
		}
		var all [][]float64
		for _, v := range out {
			all = append(all, doubles(t, v))
		}
		return all
	}
	got := run(gradients...)
	at := 0
	for i, weight := range w.weights {
		if weight.Role != Trained {
			continue
		}
		for j := range values[i] {
			const h = 1e-5
			here := values[i][j]
			values[i][j] = here + h
			above := run(loss)[0][0]
			values[i][j] = here - h
			below := run(loss)[0][0]
			values[i][j] = here
			if want := (above - below) / (2 * h); math.Abs(got[at][j]-want) > 1e-6*(1+math.Abs(want)) {
				t.Fatalf("%s[%d]: got %v, want %v", weight.Name, j, got[at][j], want)
			}
		}
		at++
	}
}

type modelOf func(b *Builder, x tf.Output) tf.Output

func (modelOf) Name() string                               { return "wired" }
func (modelOf) InputShape() [3]int                         { return [3]int{6, 6, 2} }
func (modelOf) Classes() int                               { return 1 }
func (modelOf) Weights() []Weight                          { return nil }
func (m modelOf) Logits(b *Builder, x tf.Output) tf.Output { return m(b, x) }

func numbersOf(random *rand.Rand, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = random.NormFloat64() / 2
	}
	return values
}

func tensorOf(t *testing.T, shape []int, values []float64) *tf.Tensor {
	t.Helper()
	var raw bytes.Buffer
	if err := binary.Write(&raw, binary.NativeEndian, values); err != nil {
		t.Fatal(err)
	}
	v, err := tf.ReadTensor(tf.Double, int64s(shape), &raw)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
