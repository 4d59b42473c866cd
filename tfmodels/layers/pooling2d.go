package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
)

// MaxPool2D returns the maximum of each window: Keras's MaxPooling2D. Without padding,
// an edge that does not fill a window is dropped.
type MaxPool2D struct {
	stateless
	Size    Size `json:"pool_size"`
	Strides Size `json:"strides"` // default: the window's size, so that windows do not overlap
	Same    bool `json:"same"`    // pad to ceil(size/stride); else "valid"
}

// Kind returns Keras's name.
func (MaxPool2D) Kind() string { return "MaxPooling2D" }

// OutputShape returns [windows in a column, windows in a row, channels].
func (m MaxPool2D) OutputShape(inputs ...[]int) ([]int, error) {
	return poolShape("MaxPooling2D", m.pool(), inputs)
}

// Build adds the pooling.
func (m MaxPool2D) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	return b.MaxPool(inputs[0], m.pool())
}

func (m MaxPool2D) pool() graphs.Pool {
	return graphs.Pool{Window: m.Size, Strides: m.Strides.or(m.Size), Same: m.Same}
}

// AveragePool2D returns the mean of each window: Keras's AveragePooling2D. Padding is
// excluded from the mean.
type AveragePool2D struct {
	stateless
	Size    Size `json:"pool_size"`
	Strides Size `json:"strides"` // default: the window's size, so that windows do not overlap
	Same    bool `json:"same"`    // pad to ceil(size/stride); else "valid"
}

// Kind returns Keras's name.
func (AveragePool2D) Kind() string { return "AveragePooling2D" }

// OutputShape returns [windows in a column, windows in a row, channels].
func (a AveragePool2D) OutputShape(inputs ...[]int) ([]int, error) {
	return poolShape("AveragePooling2D", a.pool(), inputs)
}

// Build adds the pooling.
func (a AveragePool2D) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	return b.AveragePool(inputs[0], a.pool())
}

func (a AveragePool2D) pool() graphs.Pool {
	return graphs.Pool{Window: a.Size, Strides: a.Strides.or(a.Size), Same: a.Same}
}

func poolShape(kind string, p graphs.Pool, inputs [][]int) ([]int, error) {
	h, w, c, err := image(kind, inputs)
	if err != nil {
		return nil, err
	}
	window, strides := Size(p.Window), Size(p.Strides)
	if min(window[0], window[1]) < 1 || !p.Same && (h < window[0] || w < window[1]) {
		return nil, fmt.Errorf("layers: %s: windows of %v: want windows that fit an input of %dx%d", kind, window, h, w)
	}
	if min(strides[0], strides[1]) < 1 {
		return nil, fmt.Errorf("layers: %s: strides of %v: want 1 or more", kind, strides)
	}
	rows, columns := window.windows(h, w, strides, p.Same)
	return []int{rows, columns, c}, nil
}

// GlobalAveragePool2D returns the mean of each channel over the whole image: Keras's
// GlobalAveragePooling2D.
type GlobalAveragePool2D struct {
	stateless
	KeepDims bool `json:"keepdims"` // the output is an image of one pixel
}

// Kind returns Keras's name.
func (GlobalAveragePool2D) Kind() string { return "GlobalAveragePooling2D" }

// OutputShape returns [channels], or [1 1 channels].
func (g GlobalAveragePool2D) OutputShape(inputs ...[]int) ([]int, error) {
	_, _, c, err := image("GlobalAveragePooling2D", inputs)
	if g.KeepDims {
		return []int{1, 1, c}, err
	}
	return []int{c}, err
}

// Build adds the mean.
func (g GlobalAveragePool2D) Build(b *graphs.Builder, _ string, inputs ...tf.Output) tf.Output {
	s := b.Scope("mean")
	return op.Mean(s, inputs[0], op.Const(s.SubScope("axes"), []int32{1, 2}), op.MeanKeepDims(g.KeepDims))
}
