package serving

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
)

// imageInput is the input of a signature that takes images.
type imageInput struct {
	Tensor
	shape [3]int // height, width, channels of an image
	fixed int    // batch size that the graph requires; 0 means any
	black float32
	span  float32 // difference between white and black
}

// newImageInput determines the shape of the images of a signature's only input:
// [images, height, width, channels], [images, height, width] or [images, values], where
// the values are those of a square image, grey or RGB.
func newImageInput(s Signature, o ClassifierOptions) (imageInput, error) {
	if len(s.Inputs) != 1 {
		return imageInput{}, fmt.Errorf("serving: signature %s has %d inputs: want one input of images", s, len(s.Inputs))
	}
	in := imageInput{Tensor: s.Inputs[0], black: o.Range.Black, span: o.Range.White - o.Range.Black}
	if o.Range == (Range{}) {
		in.span = 1
	}
	if in.DType != tf.Float && in.DType != tf.Uint8 {
		return in, fmt.Errorf("serving: the input of signature %s is %s: want images of float32 or uint8", s, DTypeName(in.DType))
	}
	var err error
	if in.shape, err = in.imageShape(o.Shape); err != nil {
		return in, fmt.Errorf("serving: signature %s: %w", s, err)
	}
	if in.Known {
		in.fixed = max(0, int(in.Shape[0]))
	}
	return in, nil
}

// imageShape returns the shape of one image according to the signature, with wanted in
// place of what the signature leaves open.
func (t Tensor) imageShape(wanted [3]int) ([3]int, error) {
	if !t.Known {
		return wanted, complete(wanted)
	}
	var shape [3]int
	switch len(t.Shape) {
	case 4:
		shape = [3]int{int(t.Shape[1]), int(t.Shape[2]), int(t.Shape[3])}
	case 3:
		shape = [3]int{int(t.Shape[1]), int(t.Shape[2]), 1}
	case 2:
		return flatShape(int(t.Shape[1]), wanted)
	default:
		return shape, fmt.Errorf("its input has %d dimensions: want images, of 4 dimensions (or 3 if grey, or 2 if flattened)", len(t.Shape))
	}
	for i, d := range shape {
		switch {
		case d < 0:
			shape[i] = wanted[i]
		case wanted[i] != 0 && wanted[i] != d:
			return shape, fmt.Errorf("its images have another shape: want %dx%dx%d", wanted[0], wanted[1], wanted[2])
		}
	}
	return shape, complete(shape)
}

// flatShape returns the shape of an image of n values.
func flatShape(n int, wanted [3]int) ([3]int, error) {
	if wanted != ([3]int{}) {
		if product := wanted[0] * wanted[1] * wanted[2]; n >= 0 && product != n {
			return wanted, fmt.Errorf("its images have %d values: want %d", n, product)
		}
		return wanted, complete(wanted)
	}
	for _, channels := range []int{1, 3} {
		if side := int(math.Round(math.Sqrt(float64(max(n, 0) / channels)))); side > 0 && side*side*channels == n {
			return [3]int{side, side, channels}, nil
		}
	}
	return wanted, fmt.Errorf("its images are flattened, with %d values: give their height, width and channels", n)
}

func complete(shape [3]int) error {
	if shape[0] < 1 || shape[1] < 1 || shape[2] != 1 && shape[2] != 3 {
		return fmt.Errorf("images of %dx%dx%d: want a height, a width and 1 or 3 channels; give what the signature leaves open", shape[0], shape[1], shape[2])
	}
	return nil
}

// size returns the number of values of an image.
func (in imageInput) size() int { return in.shape[0] * in.shape[1] * in.shape[2] }

// parts splits a batch into batches of the size that the graph takes.
func (in imageInput) parts(b Images) []Images {
	if in.fixed == 0 {
		return []Images{b}
	}
	var parts []Images
	for p := range slices.Chunk(b.Bytes, in.fixed*in.size()) {
		parts = append(parts, Images{Bytes: p})
	}
	for p := range slices.Chunk(b.Floats, in.fixed*in.size()) {
		parts = append(parts, Images{Floats: p})
	}
	return parts
}

// tensor returns a tensor of images, padded with black images to the batch size that
// the graph takes.
func (in imageInput) tensor(b Images) (*tf.Tensor, error) {
	n := max(b.len()/in.size(), in.fixed)
	shape := []int64{int64(n)}
	switch {
	case !in.Known || len(in.Shape) == 4:
		shape = append(shape, int64(in.shape[0]), int64(in.shape[1]), int64(in.shape[2]))
	case len(in.Shape) == 3:
		shape = append(shape, int64(in.shape[0]), int64(in.shape[1]))
	default:
		shape = append(shape, int64(in.size()))
	}
	raw := make([]byte, 0, n*in.size()*4)
	if in.DType == tf.Uint8 {
		raw = b.asBytes(raw)[:n*in.size()]
	} else {
		raw = in.asFloats(raw, b)[:n*in.size()*4]
	}
	t, err := tf.ReadTensor(in.DType, shape, bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("serving: input %q: %w", in.Name, err)
	}
	return t, nil
}

func (b Images) asBytes(raw []byte) []byte {
	raw = append(raw, b.Bytes...)
	for _, v := range b.Floats {
		raw = append(raw, uint8(math.Round(float64(min(max(v, 0), 1))*255)))
	}
	return raw
}

func (in imageInput) asFloats(raw []byte, b Images) []byte {
	put := func(v float32) {
		if in.black != 0 || in.span != 1 {
			v = in.black + v*in.span
		}
		raw = binary.NativeEndian.AppendUint32(raw, math.Float32bits(v))
	}
	for _, v := range b.Bytes {
		put(float32(v) / 255)
	}
	for _, v := range b.Floats {
		put(v)
	}
	return raw
}

// floats returns the values of a tensor of float32.
func floats(t *tf.Tensor) ([]float32, error) {
	if t.DataType() != tf.Float {
		return nil, fmt.Errorf("is %s: want float32", DTypeName(t.DataType()))
	}
	var raw bytes.Buffer
	if _, err := t.WriteContentsTo(&raw); err != nil {
		return nil, err
	}
	values := make([]float32, raw.Len()/4)
	_, err := binary.Decode(raw.Bytes(), binary.NativeEndian, values)
	return values, err
}
