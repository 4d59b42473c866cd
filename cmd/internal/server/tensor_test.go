package server_test

import (
	"bytes"
	"encoding/binary"

	tf "github.com/wamuir/graft/tensorflow"
	example_pb "github.com/wamuir/graft/tensorflow/core/example/example_protos_go_proto"
	"google.golang.org/protobuf/proto"
)

// values returns the values of a tensor of floats.
func values(t *tf.Tensor) []float32 {
	var b bytes.Buffer
	if _, err := t.WriteContentsTo(&b); err != nil {
		panic(err)
	}
	v := make([]float32, b.Len()/4)
	if _, err := binary.Decode(b.Bytes(), binary.NativeEndian, v); err != nil {
		panic(err)
	}
	return v
}

// floats makes a tensor.
func floats(shape []int64, v ...float32) *tf.Tensor { return array(tf.Float, shape, v) }

func array(dtype tf.DataType, shape []int64, v any) *tf.Tensor {
	var b bytes.Buffer
	if err := binary.Write(&b, binary.NativeEndian, v); err != nil {
		panic(err)
	}
	t, err := tf.ReadTensor(dtype, shape, &b)
	if err != nil {
		panic(err)
	}
	return t
}

// regressed returns x/2 + 3 for examples with a feature x.
func regressed(examples []string) (*tf.Tensor, error) {
	var y []float32
	for _, raw := range examples {
		var e example_pb.Example
		if err := proto.Unmarshal([]byte(raw), &e); err != nil {
			return nil, err
		}
		y = append(y, e.GetFeatures().GetFeature()["x"].GetFloatList().GetValue()[0]/2+3)
	}
	return floats([]int64{int64(len(y)), 1}, y...), nil
}
