// Package floatimages lets tests compare networks with numbers that Keras computed from
// float32 images, although programs take bytes.
package floatimages

import (
	"encoding/binary"
	"math"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
)

// Model is a network whose images have four bytes, and so four channels, for each
// number of the network's own input.
type Model struct{ graphs.Model }

// InputShape returns the shape of the bytes.
func (m Model) InputShape() [3]int {
	shape := m.Model.InputShape()
	shape[2] *= 4
	return shape
}

// Logits reassembles the floats from their bytes, which arrive divided by 255.
func (m Model) Logits(b *graphs.Builder, x tf.Output) tf.Output {
	s, shape := b.Scope("floats"), m.Model.InputShape()
	bytes := op.Cast(s.SubScope("bytes"), op.Round(s, op.Mul(s, x, op.Const(s.SubScope("white"), float32(255)))), tf.Uint8)
	numbers := op.Reshape(s, bytes, op.Const(s.SubScope("shape"), []int32{-1, int32(shape[0]), int32(shape[1]), int32(shape[2]), 4}))
	return m.Model.Logits(b, op.Bitcast(s, numbers, tf.Float))
}

// Arrays are arrays stored by Keras: the examples for a Model in "images" and "labels",
// and results.
type Arrays map[string]*npy.Array

// Len returns the number of examples.
func (a Arrays) Len() int { return a["labels"].Len() }

// Images returns the bytes of the floats.
func (a Arrays) Images() []byte {
	var raw []byte
	for _, v := range a["images"].Float32() {
		raw = binary.NativeEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}

// Labels returns the classes.
func (a Arrays) Labels() []uint8 {
	var labels []uint8
	for _, v := range a["labels"].Float32() {
		labels = append(labels, uint8(v))
	}
	return labels
}
