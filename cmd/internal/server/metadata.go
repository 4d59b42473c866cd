package server

import (
	"encoding/json"
	"strconv"

	"github.com/tflab/tflab/graphs/serving"
)

// Responses about a model have the JSON form of Serving's protobufs
// GetModelStatusResponse and GetModelMetadataResponse, in which 64-bit integers are
// strings.

type versionStatus struct {
	Version string `json:"version"`
	State   string `json:"state"`
	Status  struct {
		Code    string `json:"error_code"`
		Message string `json:"error_message"`
	} `json:"status"`
}

func encodeStatus(v *version) ([]byte, error) {
	status := versionStatus{Version: strconv.FormatInt(v.Version, 10), State: "AVAILABLE"}
	status.Status.Code = "OK"
	return encode(map[string][]versionStatus{"model_version_status": {status}})
}

type tensorShape struct {
	Dim     []dimension `json:"dim"`
	Unknown bool        `json:"unknown_rank"`
}

type dimension struct {
	Size string `json:"size"`
	Name string `json:"name"`
}

type tensorInfo struct {
	DType string      `json:"dtype"`
	Shape tensorShape `json:"tensor_shape"`
	Name  string      `json:"name"`
}

type signatureDef struct {
	Inputs   map[string]tensorInfo `json:"inputs"`
	Outputs  map[string]tensorInfo `json:"outputs"`
	Method   string                `json:"method_name"`
	Defaults struct{}              `json:"defaults"`
}

type metadata struct {
	Spec struct {
		Name      string `json:"name"`
		Signature string `json:"signature_name"`
		Version   string `json:"version"`
	} `json:"model_spec"`
	Metadata struct {
		Outer struct {
			Inner map[string]signatureDef `json:"signature_def"`
		} `json:"signature_def"`
	} `json:"metadata"`
}

func encodeMetadata(name string, v *version) ([]byte, error) {
	var m metadata
	m.Spec.Name, m.Spec.Version = name, strconv.FormatInt(v.Version, 10)
	m.Metadata.Outer.Inner = map[string]signatureDef{}
	for _, s := range v.model.Signatures() {
		m.Metadata.Outer.Inner[s.Name] = signatureDef{Inputs: infos(s.Inputs), Outputs: infos(s.Outputs), Method: s.Method}
	}
	return encode(m)
}

func infos(from []serving.Tensor) map[string]tensorInfo {
	all := map[string]tensorInfo{}
	for _, t := range from {
		shape := tensorShape{Dim: []dimension{}, Unknown: !t.Known}
		for _, d := range t.Shape {
			shape.Dim = append(shape.Dim, dimension{Size: strconv.FormatInt(d, 10)})
		}
		all[t.Name] = tensorInfo{DType: typeName(t.DType), Shape: shape, Name: t.Graph}
	}
	return all
}

// encode writes JSON like Serving, indented by one space.
func encode(v any) ([]byte, error) {
	body, err := json.MarshalIndent(v, "", " ")
	return append(body, '\n'), err
}
