package graphs

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/graphstest"
)

// A stack takes two images of 7x7 pixels in two channels; each convolution has a kernel
// and a bias identified by a number.
type stack func(b *Builder, x tf.Output) tf.Output

func conv(number string) func(b *Builder, x tf.Output) tf.Output {
	return func(b *Builder, x tf.Output) tf.Output {
		b = b.Within("conv" + number)
		maps := op.Conv2D(b.Scope("maps"), x, b.Weight("kernel"+number), []int64{1, 1, 1, 1}, "SAME")
		return b.AddBias(maps, "bias"+number)
	}
}

func relu(name string) func(b *Builder, x tf.Output) tf.Output {
	return func(b *Builder, x tf.Output) tf.Output { return b.Within(name).ReLU(x) }
}

func pool(name string, size int) func(b *Builder, x tf.Output) tf.Output {
	return func(b *Builder, x tf.Output) tf.Output { return b.Within(name).MaxPool(x, square(size)) }
}

func square(size int) Pool { return Pool{Window: [2]int{size, size}, Strides: [2]int{size, size}} }

func chained(parts ...func(b *Builder, x tf.Output) tf.Output) stack {
	return func(b *Builder, x tf.Output) tf.Output {
		for _, p := range parts {
			x = p(b, x)
		}
		return x
	}
}

// The tape's gradients through activations and pools equal TensorFlow's gradients of
// the same graph.
func TestTapeIsTensorFlowsGradient(t *testing.T) {
	shifted := func(by float64) func(b *Builder, x tf.Output) tf.Output {
		return func(b *Builder, x tf.Output) tf.Output {
			return op.AddV2(b.Scope("shifted"), x, op.Const(b.Scope("by"), by))
		}
	}
	halved := func(b *Builder, x tf.Output) tf.Output {
		return op.Mul(b.Scope("halved"), x, op.Const(b.Scope("half"), 0.5))
	}
	beside := func(b *Builder, x tf.Output) tf.Output {
		pooled := b.Within("pool").MaxPool(x, square(1))
		return op.Mul(b.Scope("both"), pooled, x)
	}
	twoPools := func(b *Builder, x tf.Output) tf.Output {
		return op.AddV2(b.Scope("two"), b.Within("one").MaxPool(x, square(2)), op.Mul(b.Scope("scaled"), b.Within("other").MaxPool(x, square(2)), op.Const(b.Scope("three"), 3.)))
	}
	for name, build := range map[string]stack{
		"a pool":                           chained(conv("0"), relu("relu"), pool("pool", 2), conv("1")),
		"a pool that leaves an edge":       chained(conv("0"), relu("relu"), pool("pool", 3), conv("1")),
		"nothing is positive":              chained(conv("0"), shifted(-100), relu("relu"), pool("pool", 2), conv("1")),
		"something between pool and layer": chained(conv("0"), relu("relu"), pool("pool", 2), halved, conv("1")),
		"something between ReLU and pool":  chained(conv("0"), relu("relu"), halved, pool("pool", 2), conv("1")),
		"a pool without a ReLU":            chained(conv("0"), pool("pool", 2), relu("relu"), conv("1")),
		"two pools in a row":               chained(conv("0"), relu("relu"), pool("pool", 2), pool("again", 2), conv("1")),
		"two ReLUs in a row":               chained(conv("0"), relu("relu"), relu("again"), pool("pool", 2), conv("1")),
		"a ReLU after each":                chained(conv("0"), relu("relu"), pool("pool", 2), relu("again"), pool("last", 2), conv("1")),
		"a pool that ends it":              chained(conv("0"), relu("relu"), conv("1"), relu("again"), pool("pool", 2)),
		"a connection around the pool":     chained(conv("0"), relu("relu"), beside, conv("1")),
		"two pools of one ReLU":            chained(conv("0"), relu("relu"), twoPools, conv("1")),
		"no pool":                          chained(conv("0"), relu("relu"), conv("1")),
	} {
		t.Run(name, func(t *testing.T) { checkTape(t, build) })
	}
}

func checkTape(t *testing.T, build stack) {
	s := op.NewScope()
	random := rand.New(rand.NewPCG(1, 2))
	constant := func(name string, shape ...int) tf.Output {
		values := make([]float64, Weight{Shape: shape}.Size())
		for i := range values {
			values[i] = math.Round(8*random.NormFloat64()) / 4 // some windows contain equal values
		}
		return op.Reshape(s.SubScope(name), op.Const(s.SubScope(name), values), op.Const(s.SubScope(name+"/shape"), int64s(shape)))
	}
	x := constant("x", 2, 7, 7, 2)
	weights := []Weight{{Name: "kernel0", Shape: []int{3, 3, 2, 2}}, {Name: "bias0", Shape: []int{2}}, {Name: "kernel1", Shape: []int{3, 3, 2, 2}}, {Name: "bias1", Shape: []int{2}}}
	values := map[string]tf.Output{}
	var all []tf.Output
	for _, w := range weights {
		values[w.Name] = constant(w.Name, w.Shape...)
		all = append(all, values[w.Name])
	}
	b := NewBuilder(s.SubScope("pass"), Pass{Training: true, Weights: values})
	y := build(b, x)
	upstream := op.Square(s.SubScope("upstream"), y)
	got := b.tape.gradients(s.SubScope("tape"), weights, []tf.Output{y}, []tf.Output{upstream}, tf.Double)[0]
	plain := build(NewBuilder(s.SubScope("plain"), Pass{Weights: values}), x) // records nothing
	want := op.Gradients(s.SubScope("tensorflow"), []tf.Output{plain}, all, upstream)
	session := graphstest.Open(t, s)
	out, err := session.Run(nil, append(got, want...), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range weights {
		a, b := doubles(t, out[i]), doubles(t, out[len(weights)+i])
		if len(a) != len(b) {
			t.Fatalf("%s: %d numbers, want %d", w.Name, len(a), len(b))
		}
		for j := range a {
			if math.Abs(a[j]-b[j]) > 1e-9*(1+math.Abs(b[j])) {
				t.Errorf("%s[%d]: got %v, want %v", w.Name, j, a[j], b[j])
			}
		}
	}
}

func doubles(t *testing.T, v *tf.Tensor) []float64 {
	t.Helper()
	n := 1
	for _, d := range v.Shape() {
		n *= int(d)
	}
	flat := make([]float64, n)
	if err := binary.Read(tensorReader(v), binary.NativeEndian, flat); err != nil {
		t.Fatal(err)
	}
	return flat
}
