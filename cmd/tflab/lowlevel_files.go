package main

import (
	"fmt"
	"math"

	"github.com/urfave/cli/v2"
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/lowlevel"
	"github.com/tflab/tflab/graphs/npy"
)

// fileFunction is a command that applies a function of package lowlevel to .npy files.
type fileFunction struct {
	name, usage string
	inputs      []fileInput
	extent      bool // whether it has the flag --extent
	finite      bool // whether NaN and infinities are errors
	add         func(s *op.Scope, in []tf.Output, extent int) (tf.Output, error)
}

// fileInput is a flag that names an input file, and the shape that the array must have.
type fileInput struct{ flag, shape string }

func fileFunctions() []fileFunction {
	maps := fileInput{"input", "HxW or HxWxC"}
	return []fileFunction{{
		name: "conv2d", usage: "slide filters over feature maps",
		inputs: []fileInput{maps, {"filters", "KHxKWxF or KHxKWxCxF"}},
		add: func(s *op.Scope, in []tf.Output, _ int) (tf.Output, error) {
			return lowlevel.Conv2D(s, in[0], in[1])
		},
	}, {
		name: "relu", usage: "replace negative numbers by zero",
		inputs: []fileInput{{"input", "any shape"}},
		add: func(s *op.Scope, in []tf.Output, _ int) (tf.Output, error) {
			return lowlevel.ReLU(s, in[0])
		},
	}, {
		name: "maxpool", usage: "keep the maximum of each window",
		inputs: []fileInput{maps}, extent: true,
		add: func(s *op.Scope, in []tf.Output, extent int) (tf.Output, error) {
			return lowlevel.MaxPool(s, in[0], extent)
		},
	}, {
		name: "normalize", usage: "normalize each feature map to mean 0 and standard deviation 1",
		inputs: []fileInput{maps},
		add: func(s *op.Scope, in []tf.Output, _ int) (tf.Output, error) {
			return lowlevel.Normalize(s, in[0])
		},
	}, {
		name: "dense", usage: "connect every input to every output node",
		inputs: []fileInput{{"input", "any shape, flattened row-major"}, {"weights", "inputs x outputs"}, {"bias", "outputs"}},
		add: func(s *op.Scope, in []tf.Output, _ int) (tf.Output, error) {
			flat := op.Reshape(s.SubScope("Flatten"), in[0], op.Const(s.SubScope("Shape"), []int32{-1}))
			return lowlevel.FullyConnected(s, flat, in[1], in[2])
		},
	}, {
		name: "softmax", usage: "convert the numbers along the last axis to probabilities",
		inputs: []fileInput{{"input", "any shape"}}, finite: true,
		add: func(s *op.Scope, in []tf.Output, _ int) (tf.Output, error) {
			return lowlevel.Softmax(s, in[0])
		},
	}}
}

func (f fileFunction) command() *cli.Command {
	var flags []cli.Flag
	for _, in := range f.inputs {
		flags = append(flags, &cli.PathFlag{Name: in.flag, Usage: "`FILE`.npy, " + in.shape})
	}
	if f.extent {
		flags = append(flags, &cli.IntFlag{Name: "extent", Usage: "height and width of a window, `N`", DefaultText: "none, it is required"})
	}
	flags = append(flags, &cli.PathFlag{Name: "out", Usage: "write the result to `FILE`.npy, in float32"}, tfLogFlag())
	return &cli.Command{Name: f.name, Usage: f.usage, Flags: flags, Action: f.run}
}

// run reads the inputs, applies the function in float64, to keep the precision of the
// files, and writes the result.
func (f fileFunction) run(c *cli.Context) error {
	if _, err := operands(c); err != nil {
		return err
	}
	if err := f.wantFlags(c); err != nil {
		return err
	}
	if err := f.apply(c); err != nil {
		return fmt.Errorf("%s: %w", commandPath(c), err)
	}
	return nil
}

func (f fileFunction) apply(c *cli.Context) error {
	var values []*tf.Tensor
	for _, in := range f.inputs {
		path := c.Path(in.flag)
		a, err := npy.ReadFile(path)
		if err != nil {
			return fmt.Errorf("--%s: %w", in.flag, err)
		}
		if f.finite {
			if err := wantFinite(a); err != nil {
				return fmt.Errorf("--%s: %s: %w", in.flag, path, err)
			}
		}
		v, err := float64Tensor(a)
		if err != nil {
			return fmt.Errorf("--%s: %s: %w", in.flag, path, err)
		}
		values = append(values, v)
	}
	var results []*tf.Tensor
	err := holdLog(c, func() (err error) {
		results, err = lowlevel.Apply(func(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
			out, err := f.add(s, in, c.Int("extent"))
			return []tf.Output{out}, err
		}, values...)
		return err
	})
	if err != nil {
		return err
	}
	if err := c.Context.Err(); err != nil {
		return err
	}
	result, err := float32Array(results[0])
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	if err := npy.WriteFile(c.Path("out"), result); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return nil
}

// wantFlags checks that all flags without a default are set.
func (f fileFunction) wantFlags(c *cli.Context) error {
	names := []string{"out"}
	for _, in := range f.inputs {
		names = append(names, in.flag)
	}
	if f.extent {
		names = append(names, "extent")
	}
	for _, name := range names {
		if !c.IsSet(name) {
			return usagef("%s: --%s is missing; see '%s --help'", commandPath(c), name, c.Command.HelpName)
		}
	}
	return nil
}

// wantFinite returns an error for the first element of an array that is not finite.
func wantFinite(a *npy.Array) error {
	for i, v := range a.Float64() {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("element %v is %v: want finite numbers", position(i, a.Shape), v)
		}
	}
	return nil
}

// position returns the index, along each axis, of element i in row-major order.
func position(i int, shape []int) []int {
	at := make([]int, len(shape))
	for axis := len(shape) - 1; axis >= 0; axis-- {
		at[axis] = i % shape[axis]
		i /= shape[axis]
	}
	return at
}

func float64Tensor(a *npy.Array) (*tf.Tensor, error) {
	shape := make([]int64, len(a.Shape))
	for i, n := range a.Shape {
		shape[i] = int64(n)
	}
	if len(shape) == 0 {
		return tf.NewTensor(a.Float64()[0])
	}
	t, err := tf.NewTensor(a.Float64())
	if err != nil {
		return nil, err
	}
	return t, t.Reshape(shape)
}

// float32Array rounds a float64 tensor. A finite number that exceeds float32 is an
// error.
func float32Array(t *tf.Tensor) (*npy.Array, error) {
	shape, size := make([]int, len(t.Shape())), 1
	for i, n := range t.Shape() {
		shape[i] = int(n)
		size *= int(n)
	}
	values, ok := t.Value().(float64)
	flat := []float64{values}
	if !ok {
		if err := t.Reshape([]int64{int64(size)}); err != nil {
			return nil, err
		}
		flat = t.Value().([]float64)
	}
	data := make([]float32, size)
	for i, v := range flat {
		data[i] = float32(v)
		if math.IsInf(float64(data[i]), 0) && !math.IsInf(v, 0) {
			return nil, fmt.Errorf("element %v is %g: want numbers in the range of float32; scale the input", position(i, shape), v)
		}
	}
	return npy.New(shape, data), nil
}
