package layers_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/graphstest"
	"github.com/tflab/tflab/tfmodels/layers"
)

// array is a row-major array.
type array struct {
	shape  []int
	values []float64
}

func (a array) size() int { return graphs.Weight{Shape: a.shape}.Size() }

// random returns an array of random numbers from -1 to 1.
func random(r *rand.Rand, shape ...int) array {
	a := array{shape: shape}
	for range a.size() {
		a.values = append(a.values, 2*r.Float64()-1)
	}
	return a
}

// tensor returns the array as a TensorFlow tensor: float or double.
func (a array) tensor(t *testing.T, dtype tf.DataType) *tf.Tensor {
	t.Helper()
	var raw bytes.Buffer
	var values any = a.values
	if dtype == tf.Float {
		narrow := make([]float32, len(a.values))
		for i, v := range a.values {
			narrow[i] = float32(v)
		}
		values = narrow
	}
	if err := binary.Write(&raw, binary.NativeEndian, values); err != nil {
		t.Fatal(err)
	}
	v, err := tf.ReadTensor(dtype, dims(a.shape), &raw)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func dims(shape []int) []int64 {
	var d []int64
	for _, n := range shape {
		d = append(d, int64(n))
	}
	return d
}

// fromTensor returns a tensor of float or double as an array.
func fromTensor(t *testing.T, v *tf.Tensor) array {
	t.Helper()
	var a array
	for _, d := range v.Shape() {
		a.shape = append(a.shape, int(d))
	}
	var raw bytes.Buffer
	if _, err := v.WriteContentsTo(&raw); err != nil {
		t.Fatal(err)
	}
	a.values = make([]float64, a.size())
	var err error
	if v.DataType() == tf.Float {
		narrow := make([]float32, a.size())
		err = binary.Read(&raw, binary.NativeEndian, narrow)
		for i, n := range narrow {
			a.values[i] = float64(n)
		}
	} else {
		err = binary.Read(&raw, binary.NativeEndian, a.values)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// rig is a layer in a separate graph: its input and weights are fed, its output and the
// gradients of sum(output*upstream) are fetched.
type rig struct {
	dtype     tf.DataType
	session   *tf.Session
	inputs    []tf.Output // x, then the weights
	upstream  tf.Output
	output    tf.Output
	gradients []tf.Output // with respect to each of inputs
}

// newRig builds a layer for an input of the given shape, without the batch.
func newRig(t *testing.T, l layers.Layer, dtype tf.DataType, input []int) *rig {
	t.Helper()
	s := op.NewScope()
	place := func(name string, shape []int64) tf.Output {
		return op.Placeholder(s.SubScope(name), dtype, op.PlaceholderShape(tf.MakeShape(shape...)))
	}
	x := place("x", append([]int64{-1}, dims(input)...))
	g := &rig{dtype: dtype, inputs: []tf.Output{x}}
	weights := map[string]tf.Output{}
	for _, w := range l.Weights(input) {
		p := place(w.Name, dims(w.Shape))
		weights["layer/"+w.Name] = p
		g.inputs = append(g.inputs, p)
	}
	b := graphs.NewBuilder(s.SubScope("pass"), graphs.Pass{Weights: weights})
	// A fed tensor cannot be fetched, and a layer may return its input.
	g.output = op.Identity(s.SubScope("output"), l.Build(b.Within("layer"), "layer", x))
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	shape, err := g.output.Shape().ToSlice()
	if err != nil {
		t.Fatal(err)
	}
	g.upstream = place("upstream", shape)
	g.gradients = op.Gradients(s.SubScope("gradients"), []tf.Output{g.output}, g.inputs, g.upstream)
	g.session = graphstest.Open(t, s)
	return g
}

// forward returns the layer's output for the inputs.
func (g *rig) forward(t *testing.T, inputs []array) array {
	t.Helper()
	return g.run(t, inputs, nil, []tf.Output{g.output})[0]
}

// backward returns the gradient of sum(output*upstream) with respect to each of the
// inputs.
func (g *rig) backward(t *testing.T, inputs []array, upstream array) []array {
	t.Helper()
	return g.run(t, inputs, &upstream, g.gradients)
}

func (g *rig) run(t *testing.T, inputs []array, upstream *array, fetches []tf.Output) []array {
	t.Helper()
	feeds := map[tf.Output]*tf.Tensor{}
	for i, a := range inputs {
		feeds[g.inputs[i]] = a.tensor(t, g.dtype)
	}
	if upstream != nil {
		feeds[g.upstream] = upstream.tensor(t, g.dtype)
	}
	out, err := g.session.Run(feeds, fetches, nil)
	if err != nil {
		t.Fatal(err)
	}
	var arrays []array
	for _, v := range out {
		arrays = append(arrays, fromTensor(t, v))
	}
	return arrays
}
