package savedmodel

import (
	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/framework/tensor_shape_go_proto"
	"github.com/wamuir/graft/tensorflow/core/framework/types_go_proto"
	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"

	"github.com/tflab/tflab/graphs/serving"
)

// predictMethod is TensorFlow Serving's name of the method of signatures that take
// tensors.
const predictMethod = "tensorflow/serving/predict"

// signatures returns the signatures of the SavedModel, sorted by name.
func (t Trained) signatures() []serving.Signature {
	shape := t.Model.InputShape()
	signature := func(name, in, out string, dtype tf.DataType) serving.Signature {
		return serving.Signature{
			Name: name, Method: predictMethod,
			Inputs: []serving.Tensor{{Name: InputName, Graph: in + ":0", DType: dtype, Known: true,
				Shape: []int64{-1, int64(shape[0]), int64(shape[1]), int64(shape[2])}}},
			Outputs: []serving.Tensor{{Name: OutputName, Graph: out + ":0", DType: tf.Float, Known: true,
				Shape: []int64{-1, int64(t.Model.Classes())}}},
		}
	}
	return []serving.Signature{
		signature(serving.DefaultSignature, InputName, OutputName, tf.Float),
		signature(BytesSignature, bytesInput, bytesOutput, tf.Uint8),
	}
}

func signatureDefs(all []serving.Signature) map[string]*for_core_protos_go_proto.SignatureDef {
	defs := map[string]*for_core_protos_go_proto.SignatureDef{}
	infos := func(tensors []serving.Tensor) map[string]*for_core_protos_go_proto.TensorInfo {
		m := map[string]*for_core_protos_go_proto.TensorInfo{}
		for _, t := range tensors {
			m[t.Name] = tensorInfo(t.Graph, types_go_proto.DataType(t.DType), t.Shape)
		}
		return m
	}
	for _, s := range all {
		defs[s.Name] = &for_core_protos_go_proto.SignatureDef{MethodName: s.Method, Inputs: infos(s.Inputs), Outputs: infos(s.Outputs)}
	}
	return defs
}

func tensorInfo(name string, dtype types_go_proto.DataType, shape []int64) *for_core_protos_go_proto.TensorInfo {
	dims := &tensor_shape_go_proto.TensorShapeProto{}
	for _, d := range shape {
		dims.Dim = append(dims.Dim, &tensor_shape_go_proto.TensorShapeProto_Dim{Size: d})
	}
	return &for_core_protos_go_proto.TensorInfo{
		Encoding: &for_core_protos_go_proto.TensorInfo_Name{Name: name}, Dtype: dtype, TensorShape: dims}
}
