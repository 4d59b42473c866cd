package graphs_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
)

func TestSetWeightsRefusesAndChangesNothing(t *testing.T) {
	replaced := func(i int, a *npy.Array) []npy.Entry {
		all := someNumbers().entries()
		all[i].Array = a
		return all
	}
	bias := func(values ...float32) []npy.Entry { return replaced(1, npy.New([]int{hidden}, values)) }
	tests := []struct {
		name    string
		entries []npy.Entry
		want    string
	}{
		{"nothing", nil, `array "hidden/kernel" is missing: want float [4 3]`},
		{"one missing", someNumbers().entries()[:3], `array "out/bias" is missing: want float [3]`},
		{"one too many", append(someNumbers().entries(), npy.Entry{Name: "dense/kernel", Array: npy.New([]int{1}, []float32{1})}), `array "dense/kernel" is unknown`},
		{"transposed", replaced(0, npy.New([]int{hidden, pixels}, make([]float32, 12))), `array "hidden/kernel" has shape [3 4]: want [4 3]`},
		{"flat", replaced(0, npy.New([]int{12}, make([]float32, 12))), `array "hidden/kernel" has shape [12]: want [4 3]`},
		{"NaN", bias(0, 0, float32(math.NaN())), `array "hidden/bias" holds NaN at element 2: want finite numbers`},
		{"infinite", bias(0, float32(math.Inf(-1)), 0), `array "hidden/bias" holds -Inf at element 1: want finite numbers`},
		{"fewer numbers than its shape says", bias(1), `hidden/bias`},
	}
	p := compile(t, graphs.Options{})
	for _, tt := range tests {
		err := p.SetWeights(tt.entries)
		if err == nil {
			t.Errorf("%s: no error", tt.name)
		} else if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %q, want %q in it", tt.name, err, tt.want)
		}
		checkWeights(t, p, someNumbers())
	}
}

func TestWeightsAreFoundByName(t *testing.T) {
	p := compile(t, graphs.Options{})
	entries := someNumbers().entries()
	slices.Reverse(entries)
	if err := p.SetWeights(entries); err != nil {
		t.Fatal(err)
	}
	checkWeights(t, p, someNumbers())
}

// weighted is a model of which only the weights are used.
type weighted struct {
	perceptron
	weights []graphs.Weight
}

func (w weighted) Weights() []graphs.Weight { return w.weights }

func (weighted) Logits(*graphs.Builder, tf.Output) tf.Output { panic("not built") }

func glorot(name string, shape ...int) graphs.Weight {
	return graphs.Weight{Name: name, Shape: shape, Initializer: graphs.GlorotUniform}
}

// The kernels of the lab's networks follow Glorot's formula, with variance limit^2/3.
func TestInitialWeightsAreGlorotUniform(t *testing.T) {
	tests := []struct {
		shape    []int
		fanInOut float64
	}{
		{[]int{784, 256}, 784 + 256},
		{[]int{256, 10}, 256 + 10},
		{[]int{3, 3, 1, 32}, 9 * (1 + 32)},
		{[]int{3, 3, 32, 64}, 9 * (32 + 64)},
		{[]int{9216, 128}, 9216 + 128},
		{[]int{5000}, 5000 + 5000},
	}
	for _, tt := range tests {
		entries := graphs.InitialWeights(weighted{weights: []graphs.Weight{glorot("kernel", tt.shape...)}}, 1)
		values := entries[0].Array.Float64()
		limit, n := math.Sqrt(6/tt.fanInOut), float64(len(values))
		mean, square := 0.0, 0.0
		for _, v := range values {
			if math.Abs(v) > limit*(1+1e-7) { // rounded to float32
				t.Fatalf("%v: %v is outside of ±%v", tt.shape, v, limit)
			}
			mean += v / n
			square += v * v / n
		}
		if largest := max(slices.Max(values), -slices.Min(values)); largest < limit*(1-10/n) {
			t.Errorf("%v: the largest is %v, want nearly %v", tt.shape, largest, limit)
		}
		// Four standard deviations of the mean and of the mean square of n uniform
		// numbers, whose fourth moment is limit^4/5.
		if bound := 4 * limit / math.Sqrt(3*n); math.Abs(mean) > bound {
			t.Errorf("%v: mean %v, want 0 within %v", tt.shape, mean, bound)
		}
		if bound := 4 * limit * limit * math.Sqrt((1.0/5-1.0/9)/n); math.Abs(square-limit*limit/3) > bound {
			t.Errorf("%v: variance %v, want %v within %v", tt.shape, square, limit*limit/3, bound)
		}
	}
}

func TestInitialWeightsDependOnSeedAndNameAlone(t *testing.T) {
	draw := func(seed int64, weights ...graphs.Weight) map[string][]float32 {
		values := map[string][]float32{}
		for _, e := range graphs.InitialWeights(weighted{weights: weights}, seed) {
			values[e.Name] = e.Array.Float32()
		}
		return values
	}
	first := draw(1, glorot("a", 50, 20), glorot("b", 50, 20))
	if !slices.Equal(first["a"], draw(1, glorot("a", 50, 20))["a"]) || !slices.Equal(first["b"], draw(1, glorot("b", 50, 20))["b"]) {
		t.Error("a layer's values depend on the other layers")
	}
	other := draw(2, glorot("a", 50, 20))
	for what, pair := range map[string][2][]float32{
		"two layers of one seed": {first["a"], first["b"]},
		"two seeds of one layer": {first["a"], other["a"]},
	} {
		var ab, aa, bb float64
		for i, a := range pair[0] {
			b := pair[1][i]
			ab, aa, bb = ab+float64(a*b), aa+float64(a*a), bb+float64(b*b)
		}
		if correlation := ab / math.Sqrt(aa*bb); math.Abs(correlation) > 4/math.Sqrt(1000) {
			t.Errorf("%s: correlation %v, want about 0", what, correlation)
		}
	}
}

func TestBiasesBeginWithZero(t *testing.T) {
	for _, e := range graphs.InitialWeights(perceptron{}, 3) {
		zero := !slices.ContainsFunc(e.Array.Float32(), func(v float32) bool { return v != 0 })
		if want := strings.HasSuffix(e.Name, "bias"); zero != want {
			t.Errorf("%s: all zero is %t, want %t", e.Name, zero, want)
		}
	}
}

func TestCompileDrawsTheInitialWeights(t *testing.T) {
	p, err := graphs.Compile(perceptron{}, graphs.Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	got, err := p.Weights()
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range graphs.InitialWeights(perceptron{}, 5) {
		if got[i].Name != e.Name || !slices.Equal(got[i].Array.Shape, e.Array.Shape) || !slices.Equal(got[i].Array.Float32(), e.Array.Float32()) {
			t.Errorf("got %s %v, want %s %v", got[i].Name, got[i].Array.Float32(), e.Name, e.Array.Float32())
		}
	}
}
