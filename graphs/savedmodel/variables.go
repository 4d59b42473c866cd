package savedmodel

import (
	"fmt"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/framework/variable_go_proto"
	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"github.com/wamuir/graft/tensorflow/op"
	"google.golang.org/protobuf/proto"

	"github.com/tflab/tflab/graphs"
)

// variable is a variable of the graph with the operations that readers of a SavedModel
// require.
type variable struct {
	weight graphs.Weight
	handle tf.Output
	value  tf.Output
	def    *variable_go_proto.VariableDef
}

// newVariable adds a variable. The readers in Python and TensorFlow Lite require that
// the operation is named like the shared resource. The initial value, zeros, is never
// used, because a SavedModel is restored.
func newVariable(s *op.Scope, w graphs.Weight) variable {
	v := variable{weight: w}
	shape := int64s(w.Shape)
	v.handle = output(s, tf.OpSpec{Type: "VarHandleOp", Name: w.Name, Attrs: map[string]any{
		"dtype": tf.Float, "shape": tf.MakeShape(shape...), "shared_name": w.Name, "container": ""}})
	part := s.SubScope(w.Name)
	if s.Err() != nil {
		return v
	}
	v.value = op.ReadVariableOp(part.SubScope("Read"), v.handle, tf.Float)
	zeros := op.Fill(part.SubScope("Initializer"), op.Const(part.SubScope("Initializer_shape"), shape), op.Const(part.SubScope("Initializer_zero"), float32(0)))
	assign := op.AssignVariableOp(part.SubScope("Assign"), v.handle, zeros)
	if s.Err() != nil {
		return v
	}
	v.def = &variable_go_proto.VariableDef{
		VariableName:     v.handle.Op.Name() + ":0",
		InitialValueName: zeros.Op.Name() + ":0",
		InitializerName:  assign.Name(),
		SnapshotName:     v.value.Op.Name() + ":0",
		IsResource:       true,
		Trainable:        w.Role == graphs.Trained,
	}
	return v
}

// collections returns TensorFlow 1's lists of variables.
func collections(all []variable) (map[string]*for_core_protos_go_proto.CollectionDef, error) {
	lists := map[string][][]byte{"variables": nil, "trainable_variables": nil}
	for _, v := range all {
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(v.def)
		if err != nil {
			return nil, fmt.Errorf("savedmodel: %s: %w", v.weight.Name, err)
		}
		lists["variables"] = append(lists["variables"], raw)
		if v.def.Trainable {
			lists["trainable_variables"] = append(lists["trainable_variables"], raw)
		}
	}
	defs := map[string]*for_core_protos_go_proto.CollectionDef{}
	for name, list := range lists {
		defs[name] = &for_core_protos_go_proto.CollectionDef{Kind: &for_core_protos_go_proto.CollectionDef_BytesList_{
			BytesList: &for_core_protos_go_proto.CollectionDef_BytesList{Value: list}}}
	}
	return defs, nil
}

// newSaver adds the operations that save and restore the variables, with the names of
// TensorFlow 1's Saver.
func newSaver(s *op.Scope, all []variable) *for_core_protos_go_proto.SaverDef {
	s = s.SubScope("save")
	file := op.Const(s, "model") // a loader feeds the path
	var names []string
	var values []tf.Output
	var dtypes []tf.DataType
	for _, v := range all {
		names, values, dtypes = append(names, v.weight.Name), append(values, v.value), append(dtypes, tf.Float)
	}
	list := op.Const(s.SubScope("names"), names)
	whole := op.Const(s.SubScope("slices"), make([]string, len(names))) // "" means that the tensor is not sliced
	save := op.SaveV2(s, file, list, whole, values)
	read := op.RestoreV2(s, file, list, whole, dtypes)
	if s.Err() != nil {
		return nil
	}
	var restored []*tf.Operation
	for i, v := range all {
		restored = append(restored, op.AssignVariableOp(s.SubScope("assign"), v.handle, read[i]))
	}
	saved := s.WithControlDependencies(save)
	done := output(saved, tf.OpSpec{Type: "Identity", Name: "control_dependency", Input: []tf.Input{file}})
	restore := s.WithControlDependencies(restored...).AddOperation(tf.OpSpec{Type: "NoOp", Name: "restore_all"})
	if s.Err() != nil {
		return nil
	}
	return &for_core_protos_go_proto.SaverDef{
		FilenameTensorName: file.Op.Name() + ":0",
		SaveTensorName:     done.Op.Name() + ":0",
		RestoreOpName:      restore.Name(),
		MaxToKeep:          5, // the default of TensorFlow's Saver
		Version:            for_core_protos_go_proto.SaverDef_V2,
	}
}

// writeBundle writes the variables as a checkpoint of TensorFlow: prefix.index and
// prefix.data-00000-of-00001.
func (t Trained) writeBundle(prefix string, values [][]float32) error {
	s := op.NewScope()
	var names []string
	var placeholders []tf.Output
	feeds := map[tf.Output]*tf.Tensor{}
	for i, w := range t.Model.Weights() {
		p := op.Placeholder(s.SubScope("value"), tf.Float, op.PlaceholderShape(tf.MakeShape(int64s(w.Shape)...)))
		x, err := floatTensor(w.Shape, values[i])
		if err != nil {
			return fmt.Errorf("savedmodel: %s: %w", w.Name, err)
		}
		feeds[p], names, placeholders = x, append(names, w.Name), append(placeholders, p)
	}
	save := op.SaveV2(s, op.Const(s.SubScope("prefix"), prefix), op.Const(s.SubScope("names"), names),
		op.Const(s.SubScope("slices"), make([]string, len(names))), placeholders)
	graph, err := finish(s, t.Model)
	if err != nil {
		return err
	}
	settings, err := graphs.SessionOptions(graphs.Options{Device: graphs.CPU, Threads: 1})
	if err != nil {
		return err
	}
	session, err := tf.NewSession(graph, settings)
	if err != nil {
		return fmt.Errorf("savedmodel: open a session: %w", err)
	}
	defer session.Close()
	if _, err := session.Run(feeds, nil, []*tf.Operation{save}); err != nil {
		cause, _, _ := strings.Cut(err.Error(), "\n") // the following lines list operations of the graph
		return fmt.Errorf("savedmodel: write %s: %s", prefix, cause)
	}
	return nil
}
