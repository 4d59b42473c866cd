package keras

import (
	"bytes"
	"cmp"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wamuir/graft/tensorflow/core/framework/graph_go_proto"
	"github.com/wamuir/graft/tensorflow/core/framework/node_def_go_proto"
	"google.golang.org/protobuf/proto"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
)

// TestSameGraph checks that a network from a file costs as much as the same network of
// the catalogue: their graphs, including the training step, have the same nodes.
func TestSameGraph(t *testing.T) {
	for _, listed := range tfmodels.Catalogue() {
		t.Run(listed.Name(), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "network.keras")
			if err := Save(path, listed, graphs.InitialWeights(listed, 1), nil); err != nil {
				t.Fatal(err)
			}
			n, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			got, want := nodes(t, n), nodes(t, listed)
			if len(got) != len(want) {
				t.Errorf("%d operations, want %d", len(got), len(want))
			}
			for i := range min(len(got), len(want)) {
				if !proto.Equal(got[i], want[i]) {
					t.Fatalf("operation %d is\n%v\nwant\n%v", i, got[i], want[i])
				}
			}
		})
	}
}

// nodes returns the operations of a network's program by name.
func nodes(t *testing.T, m graphs.Model) []*node_def_go_proto.NodeDef {
	t.Helper()
	p, err := graphs.Compile(m, graphs.Options{Optimizer: optim.SGD(0.1, optim.Momentum{}), Device: graphs.CPU, BatchSize: 8, Replicas: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var written bytes.Buffer
	if err := p.WriteGraph(&written); err != nil {
		t.Fatal(err)
	}
	var definition graph_go_proto.GraphDef
	if err := proto.Unmarshal(written.Bytes(), &definition); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(definition.Node, func(a, b *node_def_go_proto.NodeDef) int { return cmp.Compare(a.Name, b.Name) })
	return definition.Node
}
