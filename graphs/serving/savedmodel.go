package serving

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/core/protobuf/for_core_protos_go_proto"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
)

// The files of a SavedModel that this package reads. TensorFlow reads the others.
const (
	binaryFile = "saved_model.pb"
	textFile   = "saved_model.pbtxt"
	assetsDir  = "assets"
	// ClassesFile is the asset that holds the names of the classes, one per line.
	ClassesFile = "classes.txt"
)

// serveTag marks the inference graph of a SavedModel.
const serveTag = "serve"

// IsSavedModel reports whether a folder holds a SavedModel, or versions of one in
// TensorFlow Serving's layout.
func IsSavedModel(dir string) bool {
	_, err := Locate(dir)
	return err == nil
}

// Location is the place of a SavedModel.
type Location struct {
	Dir     string // folder that holds saved_model.pb
	Name    string // name of the model: the folder's name, without the version
	Version int64  // version number of the folder; 1 if there are no versions
}

// Locate finds the SavedModel in a folder: the folder itself, or the highest version in
// it (DIR/1, DIR/2), which is TensorFlow Serving's layout.
func Locate(dir string) (Location, error) {
	if holdsModel(dir) {
		full, err := filepath.Abs(dir)
		if err != nil {
			full = dir
		}
		if v, ok := version(filepath.Base(full)); ok {
			return Location{dir, filepath.Base(filepath.Dir(full)), v}, nil
		}
		return Location{dir, filepath.Base(full), 1}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return Location{}, fmt.Errorf("serving: %w", err)
	}
	best := Location{Version: -1}
	for _, e := range entries {
		sub := filepath.Join(dir, e.Name())
		if v, ok := version(e.Name()); ok && v > best.Version && holdsModel(sub) {
			best = Location{sub, "", v}
		}
	}
	if best.Version < 0 {
		return Location{}, fmt.Errorf("serving: %s is not a SavedModel: it has no %s: %w", dir, binaryFile, fs.ErrNotExist)
	}
	if best.Name = filepath.Base(dir); best.Name == "." || best.Name == ".." {
		if full, err := filepath.Abs(dir); err == nil {
			best.Name = filepath.Base(full)
		}
	}
	return best, nil
}

func version(name string) (int64, bool) {
	v, err := strconv.ParseInt(name, 10, 64)
	return v, err == nil && v >= 0
}

func holdsModel(dir string) bool {
	return isFile(filepath.Join(dir, binaryFile)) || isFile(filepath.Join(dir, textFile))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// metaGraph holds what tfgo does not export of a SavedModel.
type metaGraph struct {
	tags       []string
	signatures []Signature
	classes    []string // nil if the assets do not include them
}

// readMetaGraph reads the description of the inference graph.
func readMetaGraph(dir string) (metaGraph, error) {
	saved, err := readSavedModel(dir)
	if err != nil {
		return metaGraph{}, err
	}
	graph, err := chooseGraph(saved)
	if err != nil {
		return metaGraph{}, fmt.Errorf("serving: %s: %w", dir, err)
	}
	m := metaGraph{tags: graph.GetMetaInfoDef().GetTags(), signatures: signatures(graph)}
	for _, asset := range graph.GetAssetFileDef() {
		if asset.GetFilename() != ClassesFile {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, assetsDir, ClassesFile))
		if err != nil {
			return metaGraph{}, fmt.Errorf("serving: %s: names of the classes: %w", dir, err)
		}
		m.classes = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	return m, nil
}

func readSavedModel(dir string) (*for_core_protos_go_proto.SavedModel, error) {
	saved := &for_core_protos_go_proto.SavedModel{}
	path := filepath.Join(dir, binaryFile)
	unmarshal := proto.Unmarshal
	if !isFile(path) {
		path, unmarshal = filepath.Join(dir, textFile), prototext.Unmarshal
	}
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("serving: %s is not a SavedModel: it has no %s: %w", dir, binaryFile, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("serving: %w", err)
	}
	if err := unmarshal(raw, saved); err != nil || len(saved.GetMetaGraphs()) == 0 {
		return nil, fmt.Errorf("serving: %s is not a SavedModel, or only a part of one (%d bytes): export it again", path, len(raw))
	}
	return saved, nil
}

// chooseGraph returns the graph with the tag "serve", or else the only graph.
func chooseGraph(saved *for_core_protos_go_proto.SavedModel) (*for_core_protos_go_proto.MetaGraphDef, error) {
	graphs := saved.GetMetaGraphs()
	var tags []string
	for _, g := range graphs {
		if slices.Equal(g.GetMetaInfoDef().GetTags(), []string{serveTag}) {
			return g, nil
		}
		tags = append(tags, "{"+strings.Join(g.GetMetaInfoDef().GetTags(), ",")+"}")
	}
	if i := slices.IndexFunc(graphs, func(g *for_core_protos_go_proto.MetaGraphDef) bool {
		return slices.Contains(g.GetMetaInfoDef().GetTags(), serveTag)
	}); i >= 0 {
		return graphs[i], nil
	}
	if len(graphs) == 1 {
		return graphs[0], nil
	}
	return nil, fmt.Errorf("the SavedModel has %d graphs, with the tags %s: want one with the tag %q", len(graphs), strings.Join(tags, ", "), serveTag)
}

// signatures returns the signatures for clients, sorted by name. It omits those with
// the prefix "__", with which TensorFlow marks the operation that initializes the
// model.
func signatures(graph *for_core_protos_go_proto.MetaGraphDef) []Signature {
	var all []Signature
	for name, def := range graph.GetSignatureDef() {
		if strings.HasPrefix(name, "__") {
			continue
		}
		all = append(all, Signature{Name: name, Method: def.GetMethodName(),
			Inputs: tensors(def.GetInputs()), Outputs: tensors(def.GetOutputs())})
	}
	slices.SortFunc(all, func(a, b Signature) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func tensors(infos map[string]*for_core_protos_go_proto.TensorInfo) []Tensor {
	all := make([]Tensor, 0, len(infos))
	for name, info := range infos {
		t := Tensor{Name: name, Graph: info.GetName(), DType: tf.DataType(info.GetDtype()),
			Known: info.GetTensorShape() != nil && !info.GetTensorShape().GetUnknownRank()}
		for _, d := range info.GetTensorShape().GetDim() {
			t.Shape = append(t.Shape, d.GetSize())
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
