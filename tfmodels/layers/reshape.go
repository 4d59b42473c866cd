package layers

import (
	"fmt"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// Reshape changes the shape of an example, in row-major order.
type Reshape struct {
	stateless
	Target []int `json:"target_shape"` // without the batch; one length may be -1, to be inferred
}

// Kind returns Keras's name.
func (Reshape) Kind() string { return "Reshape" }

// OutputShape returns the target, which must have as many numbers as the input.
func (r Reshape) OutputShape(inputs ...[]int) ([]int, error) {
	input, err := single("Reshape", inputs)
	if err != nil {
		return nil, err
	}
	shape, known, open := slices.Clone(r.Target), 1, -1
	for i, d := range shape {
		switch {
		case d == -1 && open < 0:
			open = i
		case d < 1:
			return nil, fmt.Errorf("layers: Reshape: target %v: want lengths of 1 or more, and -1 once", r.Target)
		default:
			known *= d
		}
	}
	if open >= 0 {
		shape[open] = size(input) / known
	}
	if size(shape) != size(input) {
		return nil, fmt.Errorf("layers: Reshape: input of shape %v: want as many numbers as the target %v", input, r.Target)
	}
	return shape, nil
}

// Build adds the reshape.
func (r Reshape) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	if b.Failed() {
		return inputs[0]
	}
	dims, err := inputs[0].Shape().ToSlice()
	if err != nil || len(dims) == 0 {
		b.Fail(fmt.Errorf("layers: Reshape: input of shape %v: want [batch, ...]", inputs[0].Shape()))
		return inputs[0]
	}
	input := make([]int, len(dims)-1)
	for i, d := range dims[1:] {
		input[i] = int(d)
	}
	shape, err := r.OutputShape(input)
	if err != nil {
		b.Fail(err)
		return inputs[0]
	}
	target := []int64{-1}
	for _, d := range shape {
		target = append(target, int64(d))
	}
	s := b.Scope("reshaped")
	return op.Reshape(s, inputs[0], op.Const(s.SubScope("shape"), target))
}

// Edges are the numbers of rows at the top and bottom, and of columns at the left and
// right.
type Edges [2][2]int

func (e Edges) least() int { return min(e[0][0], e[0][1], e[1][0], e[1][1]) }

// ZeroPadding2D adds rows and columns of zeros around an image.
type ZeroPadding2D struct {
	stateless
	Padding Edges `json:"padding"`
}

// Kind returns Keras's name.
func (ZeroPadding2D) Kind() string { return "ZeroPadding2D" }

// OutputShape returns the input's shape, enlarged by the padding.
func (p ZeroPadding2D) OutputShape(inputs ...[]int) ([]int, error) {
	h, w, c, err := image("ZeroPadding2D", inputs)
	if err == nil && p.Padding.least() < 0 {
		err = fmt.Errorf("layers: ZeroPadding2D: padding %v: want 0 or more", p.Padding)
	}
	return []int{h + p.Padding[0][0] + p.Padding[0][1], w + p.Padding[1][0] + p.Padding[1][1], c}, err
}

// Build adds the padding.
func (p ZeroPadding2D) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	s, e := b.Scope("padded"), p.Padding
	around := [][]int32{{0, 0}, {int32(e[0][0]), int32(e[0][1])}, {int32(e[1][0]), int32(e[1][1])}, {0, 0}}
	return op.Pad(s, inputs[0], op.Const(s.SubScope("paddings"), around))
}

// Cropping2D removes rows and columns from the edges of an image.
type Cropping2D struct {
	stateless
	Cropping Edges `json:"cropping"`
}

// Kind returns Keras's name.
func (Cropping2D) Kind() string { return "Cropping2D" }

// OutputShape returns the input's shape, reduced by the cropping.
func (p Cropping2D) OutputShape(inputs ...[]int) ([]int, error) {
	h, w, c, err := image("Cropping2D", inputs)
	if err != nil {
		return nil, err
	}
	rows, columns := h-p.Cropping[0][0]-p.Cropping[0][1], w-p.Cropping[1][0]-p.Cropping[1][1]
	if p.Cropping.least() < 0 || min(rows, columns) < 1 {
		return nil, fmt.Errorf("layers: Cropping2D: cropping %v of an input of %dx%d: want a cropping that leaves an image", p.Cropping, h, w)
	}
	return []int{rows, columns, c}, nil
}

// Build adds the cropping.
func (p Cropping2D) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	s, x := b.Scope("cropped"), inputs[0]
	if b.Failed() {
		return x
	}
	dims, err := x.Shape().ToSlice()
	if err != nil || len(dims) != 4 {
		b.Fail(fmt.Errorf("layers: Cropping2D: input of shape %v: want [batch, height, width, channels]", x.Shape()))
		return x
	}
	e := p.Cropping
	begin := []int32{0, int32(e[0][0]), int32(e[1][0]), 0}
	extent := []int32{-1, int32(dims[1]) - int32(e[0][0]+e[0][1]), int32(dims[2]) - int32(e[1][0]+e[1][1]), -1}
	return op.Slice(s, x, op.Const(s.SubScope("begin"), begin), op.Const(s.SubScope("size"), extent))
}
