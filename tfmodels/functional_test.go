package tfmodels_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/layers"
)

// shared returns a graph with a convolution that is called twice, dropout in one
// branch, and a concatenation.
func shared() tfmodels.Graph {
	g := tfmodels.Graph{Name: "shared", Shape: [3]int{6, 6, 2}}
	conv := g.AddNamed("twice", layers.Conv2D{Filters: 2, Kernel: layers.Square(3), Same: true, Activation: layers.ReLU}, g.In())
	dropped := g.Add(layers.Dropout{Rate: 0.5}, conv)
	again := g.Again(conv, dropped)
	joined := g.Add(layers.Concatenate{}, again, conv, g.In())
	pooled := g.Add(layers.AveragePool2D{Size: layers.Square(3), Strides: layers.Square(2), Same: true}, joined)
	g.Add(layers.Dense{Units: 3, Activation: layers.Softmax}, g.Add(layers.Flatten{}, pooled))
	return g
}

func TestFunctionalSummary(t *testing.T) {
	m, err := shared().Model()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range m.Summary() {
		got = append(got, r.Name+" "+r.Kind+" "+strings.Join(r.Connected, ", "))
	}
	want := []string{ // Keras's order and connections
		"input_layer InputLayer ",
		"twice Conv2D input_layer[0][0], dropout[0][0]",
		"dropout Dropout twice[0][0]",
		"concatenate Concatenate twice[1][0], twice[0][0], input_layer[0][0]",
		"average_pooling2d AveragePooling2D concatenate[0][0]",
		"flatten Flatten average_pooling2d[0][0]",
		"dense Dense flatten[0][0]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("layers (-want +got):\n%s", diff)
	}
	if got, want := m.Parameters(), 3*3*2*2+2+3*3*6*3+3; got != want {
		t.Errorf("%d parameters, want %d", got, want)
	}
	if got, want := m.MultiplyAdds(), 2*6*6*2*9*2+3*3*6*3; got != want {
		t.Errorf("%d multiply-adds, want %d", got, want)
	}
	without := m.WithoutDropout()
	if row := without.Summary()[1]; len(without.Summary()) != len(want)-1 || row.Connected[1] != "twice[0][0]" {
		t.Errorf("without dropout the layer is connected to %v in %d rows", row.Connected, len(without.Summary()))
	}
	for _, model := range []tfmodels.Model{m, without} {
		p, err := graphs.Compile(model, graphs.Options{Optimizer: optim.Adam(0.001), Device: graphs.CPU})
		if err != nil {
			t.Fatal(err)
		}
		p.Close()
	}
}

func TestGraphRefuses(t *testing.T) {
	softmax := layers.Dense{Units: 3, Activation: layers.Softmax}
	image := [3]int{4, 4, 1}
	for name, tt := range map[string]struct {
		want string
		wire func(g *tfmodels.Graph)
	}{
		"a name twice": {`a layer is named "a"`, func(g *tfmodels.Graph) {
			x := g.AddNamed("a", layers.Flatten{}, g.In())
			g.AddNamed("a", softmax, x)
		}},
		"something that is not there": {`layer "dense": no tensor x[0][0]`, func(g *tfmodels.Graph) {
			g.Add(softmax, tfmodels.Tensor{Layer: "x"})
		}},
		"a call that is not there": {`layer "dense": no tensor flatten[1][0]`, func(g *tfmodels.Graph) {
			x := g.Add(layers.Flatten{}, g.In())
			x.Call = 1
			g.Add(softmax, x)
		}},
		"a circle": {`takes its own output`, func(g *tfmodels.Graph) {
			g.AddNamed("a", layers.Add{}, g.In(), tfmodels.Tensor{Layer: "b"})
			b := g.AddNamed("b", layers.Activate{}, tfmodels.Tensor{Layer: "a"})
			g.Add(softmax, g.Add(layers.Flatten{}, b))
		}},
		"a layer that leads nowhere": {`layer "activation": the output of call 0 does not lead to the output of the network`, func(g *tfmodels.Graph) {
			g.Add(layers.Activate{}, g.In())
			g.Add(softmax, g.Add(layers.Flatten{}, g.In()))
		}},
		"a layer without a call": {`layer "x" is not called`, func(g *tfmodels.Graph) {
			g.Nodes = append(g.Nodes, tfmodels.Node{Name: "x", Layer: layers.Flatten{}})
			g.Add(softmax, g.Add(layers.Flatten{}, g.In()))
		}},
		"shapes that do not meet": {`layer "add": layers: Add: inputs of shapes [4 4 1] and [2 2 1]: want one shape`, func(g *tfmodels.Graph) {
			y := g.Add(layers.MaxPool2D{Size: layers.Square(2)}, g.In())
			g.Add(softmax, g.Add(layers.Flatten{}, g.Add(layers.Add{}, g.In(), y)))
		}},
		"an addition of one":     {"Add: 1 inputs: want 2 or more", func(g *tfmodels.Graph) { g.Add(layers.Add{}, g.In()) }},
		"a layer that takes two": {"Flatten: 2 inputs: want 1", func(g *tfmodels.Graph) { g.Add(layers.Flatten{}, g.In(), g.In()) }},
		"a shared layer of two shapes": {`layer "dense_of": its calls need weights kernel of shapes [16 16] and [4 16]`, func(g *tfmodels.Graph) {
			x := g.AddNamed("dense_of", layers.Dense{Units: 16}, g.Add(layers.Flatten{}, g.In()))
			y := g.Again(x, g.Add(layers.Flatten{}, g.Add(layers.MaxPool2D{Size: layers.Square(2)}, g.In())))
			g.Add(softmax, g.Add(layers.Concatenate{}, x, y))
		}},
		"another call of nothing": {`no layer "x" to call again`, func(g *tfmodels.Graph) { g.Again(tfmodels.Tensor{Layer: "x"}, g.In()) }},
	} {
		g := tfmodels.Graph{Name: "small", Shape: image}
		tt.wire(&g)
		if _, err := g.Model(); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "small") {
			t.Errorf("%s: got error %v, want one with %q and the network's name", name, err, tt.want)
		}
	}
}

// A residual network that resumes from a checkpoint ends with the same bits.
func TestResidualTrainingResumesBitForBit(t *testing.T) {
	r := steps(t)[3]
	o := graphs.Options{Optimizer: optim.Adam(0.01), Device: graphs.CPU, Threads: 1}
	whole, prefix := r.compile(t, o), filepath.Join(t.TempDir(), "bundle")
	takeStep(t, whole, r)
	if err := whole.Save(prefix, nil); err != nil {
		t.Fatal(err)
	}
	resumed := r.compile(t, o)
	if _, err := resumed.Restore(prefix); err != nil {
		t.Fatal(err)
	}
	takeStep(t, whole, r)
	takeStep(t, resumed, r)
	want := weightsOf(t, whole)
	for i, got := range weightsOf(t, resumed) {
		if diff := cmp.Diff(want[i].Array.Float32(), got.Array.Float32()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", got.Name, diff)
		}
	}
}
