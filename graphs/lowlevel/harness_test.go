package lowlevel

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/graphstest"
)

// build is a computation under test: any number of outputs from any number of inputs.
type build func(s *op.Scope, in []tf.Output) ([]tf.Output, error)

// fused returns a build of TensorFlow's own operations, which cannot fail.
func fused(f func(s *op.Scope, in []tf.Output) []tf.Output) build {
	return func(s *op.Scope, in []tf.Output) ([]tf.Output, error) { return f(s, in), nil }
}

// one adapts a function with one output to a build.
func one(out tf.Output, err error) ([]tf.Output, error) { return []tf.Output{out}, err }

// array is a value in a test, to be converted to a tensor of the type under test.
type array struct {
	shape []int64
	data  []float64
}

func (a array) tensor(t testing.TB, dtype tf.DataType) *tf.Tensor {
	t.Helper()
	var raw bytes.Buffer
	var err error
	if dtype == tf.Double {
		err = binary.Write(&raw, binary.NativeEndian, a.data)
	} else {
		err = binary.Write(&raw, binary.NativeEndian, single(a.data))
	}
	if err != nil {
		t.Fatal(err)
	}
	tensor, err := tf.ReadTensor(dtype, a.shape, &raw)
	if err != nil {
		t.Fatal(err)
	}
	return tensor
}

func single(data []float64) []float32 {
	out := make([]float32, len(data))
	for i, v := range data {
		out[i] = float32(v)
	}
	return out
}

// values returns the elements of a tensor in row-major order.
func values(t testing.TB, tensor *tf.Tensor) array {
	t.Helper()
	a := array{shape: slices.Clone(tensor.Shape())}
	if err := tensor.Reshape([]int64{sizeOf(a.shape)}); err != nil {
		t.Fatal(err)
	}
	switch v := tensor.Value().(type) {
	case []float64:
		a.data = v
	case []float32:
		for _, x := range v {
			a.data = append(a.data, float64(x))
		}
	default:
		t.Fatalf("a tensor of %T, want floats", v)
	}
	return a
}

// normal returns an array of normal random numbers that depend only on the shape.
func normal(shape ...int64) array {
	r := rand.New(rand.NewPCG(1, uint64(len(fmt.Sprint(shape)))))
	a := array{shape, make([]float64, sizeOf(shape))}
	for i := range a.data {
		a.data[i] = float64(float32(r.NormFloat64())) // the same numbers in both types
	}
	return a
}

// distinct returns an array of numbers around 0 in random order. Any two of them, and
// any of them and 0, differ by at least 1/8, so that a small step changes neither the
// maximum nor any sign.
func distinct(shape ...int64) array {
	n := int(sizeOf(shape))
	a := array{shape, make([]float64, n)}
	for i, p := range rand.New(rand.NewPCG(2, uint64(n))).Perm(n) {
		a.data[i] = (float64(p-n/2) + 0.5) / 4
	}
	return a
}

// compute runs a build once on inputs of the type.
func compute(t testing.TB, dtype tf.DataType, f build, inputs ...array) []array {
	t.Helper()
	var tensors []*tf.Tensor
	for _, in := range inputs {
		tensors = append(tensors, in.tensor(t, dtype))
	}
	results, err := Apply(f, tensors...)
	if err != nil {
		t.Fatal(err)
	}
	var out []array
	for _, r := range results {
		out = append(out, values(t, r))
	}
	return out
}

// wantClose compares shapes, and values relative to the largest expected one: where
// large terms cancel, the size of an element says nothing about its error.
func wantClose(t *testing.T, what string, got, want array, tolerance float64) {
	t.Helper()
	if !slices.Equal(got.shape, want.shape) {
		t.Fatalf("%s: shape %v, want %v", what, got.shape, want.shape)
	}
	var scale float64
	for _, w := range want.data {
		scale = max(scale, math.Abs(w))
	}
	for i, w := range want.data {
		if d := math.Abs(got.data[i] - w); !(d <= tolerance*scale) {
			t.Fatalf("%s: element %d is %.12g, want %.12g: off by %.2g, want at most %.2g",
				what, i, got.data[i], w, d, tolerance*scale)
		}
	}
}

// precisions are the types under test and their tolerances: about a hundred units in
// the last place, the effect of reordering long sums.
var precisions = []struct {
	name      string
	dtype     tf.DataType
	tolerance float64
}{
	{"float32", tf.Float, 1e-5},
	{"float64", tf.Double, 1e-10},
}

// wantGradients compares a back-propagation with TensorFlow's, in both precisions, and
// with central finite differences of the forward function. Gradients are with respect
// to the first n inputs; the last input is the upstream.
func wantGradients(t *testing.T, n int, forward, backward, reference build, inputs ...array) {
	t.Helper()
	for _, p := range precisions {
		got := compute(t, p.dtype, backward, inputs...)
		want := compute(t, p.dtype, reference, inputs...)
		for i := range n {
			wantClose(t, fmt.Sprintf("%s gradient by input %d", p.name, i), got[i], want[i], p.tolerance)
		}
	}
	got := compute(t, tf.Double, backward, inputs...)
	for i, want := range differences(t, n, forward, inputs...) {
		wantClose(t, fmt.Sprintf("finite differences by input %d", i), got[i], want, 1e-7)
	}
}

// differences estimates, in float64, the derivatives of sum(upstream * forward) with
// respect to the first n inputs, as (f(x+h) - f(x-h)) / 2h. With h = 1e-5 the error is
// about h^2 = 1e-10 from the curvature and 1e-16/h = 1e-11 from rounding, times the
// third derivative and the function's value, which may be a few hundred. Hence the
// tolerance of 1e-7 above.
func differences(t *testing.T, n int, forward build, inputs ...array) []array {
	t.Helper()
	const h = 1e-5
	s := op.NewScope()
	var in []tf.Output
	feeds := make(map[tf.Output]*tf.Tensor)
	for _, a := range inputs {
		x := op.Placeholder(s.SubScope("in"), tf.Double, op.PlaceholderShape(tf.MakeShape(a.shape...)))
		in, feeds[x] = append(in, x), a.tensor(t, tf.Double)
	}
	y, err := forward(s, in[:len(in)-1])
	if err != nil {
		t.Fatal(err)
	}
	flat := reshape(s, mul(s, y[0], in[len(in)-1]), -1)
	sum := op.Sum(s.SubScope("loss"), flat, op.Const(s.SubScope("axis"), int32(0)))
	session := graphstest.Open(t, s)
	loss := func(x tf.Output, a array) float64 {
		feeds[x] = a.tensor(t, tf.Double)
		out, err := session.Run(feeds, []tf.Output{sum}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return out[0].Value().(float64)
	}
	var out []array
	for i, a := range inputs[:n] {
		d := array{a.shape, make([]float64, len(a.data))}
		for j, v := range a.data {
			moved := array{a.shape, slices.Clone(a.data)}
			moved.data[j] = v + h
			up := loss(in[i], moved)
			moved.data[j] = v - h
			d.data[j] = (up - loss(in[i], moved)) / (2 * h)
		}
		feeds[in[i]] = a.tensor(t, tf.Double)
		out = append(out, d)
	}
	return out
}

// gradientsOf returns TensorFlow's back-propagation of a fused build with respect to
// the first n inputs; the last input is the upstream.
func gradientsOf(n int, reference build) build {
	return fused(func(s *op.Scope, in []tf.Output) []tf.Output {
		y, _ := reference(s, in[:len(in)-1])
		return op.Gradients(s, y[:1], in[:n], in[len(in)-1])
	})
}

// compare benchmarks a function of this package and TensorFlow's fused operation on the
// same float32 inputs, without fetching.
func compare(b *testing.B, ours, theirs build, inputs ...array) {
	for _, c := range []struct {
		name string
		f    build
	}{{"primitive", ours}, {"fused", theirs}} {
		b.Run(c.name, func(b *testing.B) {
			s := op.NewScope()
			feeds := make(map[tf.Output]*tf.Tensor)
			var in []tf.Output
			for _, a := range inputs {
				x := op.Placeholder(s.SubScope("in"), tf.Float, op.PlaceholderShape(tf.MakeShape(a.shape...)))
				in, feeds[x] = append(in, x), a.tensor(b, tf.Float)
			}
			out, err := c.f(s, in)
			if err != nil {
				b.Fatal(err)
			}
			var targets []*tf.Operation
			for _, o := range out {
				targets = append(targets, o.Op)
			}
			graph, err := s.Finalize()
			if err != nil {
				b.Fatal(err)
			}
			session, err := tf.NewSession(graph, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer session.Close()
			for b.Loop() {
				if _, err := session.Run(feeds, nil, targets); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
