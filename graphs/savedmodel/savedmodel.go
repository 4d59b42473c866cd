package savedmodel

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/framework/graph_go_proto"
	"github.com/wamuir/graft/tensorflow/core/framework/types_go_proto"
	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"github.com/wamuir/graft/tensorflow/op"
	"google.golang.org/protobuf/proto"

	"github.com/tflab/tflab/graphs/serving"
)

// Write writes a SavedModel. The folder is created atomically. An earlier SavedModel of
// the same name is replaced; any other content is kept and is an error.
func (t Trained) Write(dir string) error {
	values, err := t.check()
	if err != nil {
		return err
	}
	raw, err := t.marshal()
	if err != nil {
		return err
	}
	files := []string{"saved_model.pb", "variables", "assets", "fingerprint.pb"} // TensorFlow adds the last file
	return writeFolder(dir, files, func(tmp string) error {
		if err := os.Mkdir(filepath.Join(tmp, "variables"), 0o755); err != nil {
			return err
		}
		if err := t.writeBundle(filepath.Join(tmp, "variables", "variables"), values); err != nil {
			return err
		}
		if len(t.Classes) > 0 {
			if err := os.Mkdir(filepath.Join(tmp, "assets"), 0o755); err != nil {
				return err
			}
			names := strings.Join(t.Classes, "\n") + "\n"
			if err := os.WriteFile(filepath.Join(tmp, "assets", serving.ClassesFile), []byte(names), 0o644); err != nil {
				return err
			}
		}
		return os.WriteFile(filepath.Join(tmp, "saved_model.pb"), raw, 0o644)
	})
}

// Open loads the model in this process, as a SavedModel in a temporary folder that Open
// removes before it returns.
func (t Trained) Open(o serving.Options) (*serving.Model, error) {
	tmp, err := os.MkdirTemp("", "tflab-")
	if err != nil {
		return nil, fmt.Errorf("savedmodel: %w", err)
	}
	defer os.RemoveAll(tmp)
	dir := filepath.Join(tmp, "model")
	if err := t.Write(dir); err != nil {
		return nil, err
	}
	o.Name = cmp.Or(o.Name, t.Model.Name())
	return serving.Load(dir, o)
}

// WriteCheckpoint writes a folder with the variables in TensorFlow's checkpoint format,
// for tf.train.load_checkpoint. The variables have Keras's names, and there is no
// optimizer state. A folder with an earlier checkpoint is replaced.
func (t Trained) WriteCheckpoint(dir string) error {
	values, err := t.check()
	if err != nil {
		return err
	}
	const prefix, state = "weights", "checkpoint"
	files := []string{state, prefix + ".index", prefix + ".data-00000-of-00001"}
	return writeFolder(dir, files, func(tmp string) error {
		if err := t.writeBundle(filepath.Join(tmp, prefix), values); err != nil {
			return err
		}
		latest := fmt.Sprintf("model_checkpoint_path: %q\nall_model_checkpoint_paths: %q\n", prefix, prefix)
		return os.WriteFile(filepath.Join(tmp, state), []byte(latest), 0o644)
	})
}

// marshal builds and encodes the graph.
func (t Trained) marshal() ([]byte, error) {
	s := op.NewScope()
	var all []variable
	weights := map[string]tf.Output{}
	for _, w := range t.Model.Weights() {
		v := newVariable(s, w)
		all = append(all, v)
		weights[w.Name] = v.value
	}
	if s.Err() == nil {
		forward(s, t.Model, weights, floatImages(s, t.Model), "network", OutputName)
	}
	if s.Err() == nil {
		forward(s, t.Model, weights, byteImages(s, t.Model), "network_uint8", bytesOutput)
	}
	meta := &for_core_protos_go_proto.MetaGraphDef{
		MetaInfoDef:  &for_core_protos_go_proto.MetaGraphDef_MetaInfoDef{Tags: []string{"serve"}, TensorflowVersion: tf.Version()},
		SignatureDef: signatureDefs(t.signatures()),
	}
	if len(t.Classes) > 0 && s.Err() == nil {
		path := op.Const(s.SubScope("classes"), serving.ClassesFile) // a loader feeds the path
		if s.Err() == nil {
			meta.AssetFileDef = []*for_core_protos_go_proto.AssetFileDef{{Filename: serving.ClassesFile,
				TensorInfo: tensorInfo(path.Op.Name()+":0", types_go_proto.DataType_DT_STRING, nil)}}
		}
	}
	if s.Err() == nil {
		meta.SaverDef = newSaver(s, all)
	}
	graph, err := finish(s, t.Model)
	if err != nil {
		return nil, err
	}
	if meta.CollectionDef, err = collections(all); err != nil {
		return nil, err
	}
	if meta.GraphDef, err = graphDef(graph); err != nil {
		return nil, err
	}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(&for_core_protos_go_proto.SavedModel{
		SavedModelSchemaVersion: 1, MetaGraphs: []*for_core_protos_go_proto.MetaGraphDef{meta}})
	if err != nil {
		return nil, fmt.Errorf("savedmodel: %w", err)
	}
	return raw, nil
}

func graphDef(g *tf.Graph) (*graph_go_proto.GraphDef, error) {
	var raw bytes.Buffer
	if _, err := g.WriteTo(&raw); err != nil {
		return nil, fmt.Errorf("savedmodel: %w", err)
	}
	def := &graph_go_proto.GraphDef{}
	if err := proto.Unmarshal(raw.Bytes(), def); err != nil {
		return nil, fmt.Errorf("savedmodel: %w", err)
	}
	return def, nil
}
