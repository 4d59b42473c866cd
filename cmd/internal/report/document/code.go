package document

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/tflab/tflab/graphs/lowlevel"
	"github.com/tflab/tflab/tfmodels"
)

// The answers that are code. Each declaration of package lowlevel appears in the report
// once: at the question that asks for it, or in the appendix.

// excerpts shows declarations from a file of package lowlevel.
func excerpts(file string, names ...string) func(*answer) {
	return func(a *answer) {
		a.source = true
		a.excerpt(lowlevel.Source(), file, names...)
	}
}

func (a *answer) excerpt(directory fs.FS, file string, names ...string) {
	text, err := excerpt(directory, file, names...)
	if err != nil {
		a.err = err
		return
	}
	a.add(code{Title: file, Text: text})
}

// definition shows the source and the layers of the networks that the question is
// about. It needs no run.
func (a *answer) definition() {
	a.blocks, a.absent, a.source = nil, false, true
	for _, n := range tfmodels.Assigned() {
		if !n.Assignment.Asks(a.asked.number) {
			continue
		}
		text, err := fs.ReadFile(tfmodels.Source(), n.Assignment.Source)
		if err != nil {
			a.err = fmt.Errorf("source of %s: %w", n.Name(), err)
			return
		}
		a.add(code{Title: n.Assignment.Source, Text: strings.TrimSpace(string(text))}, layerTable(n.Summary()))
	}
}

// backpropagation shows the gradient with respect to the filters, and the layer that
// stores the filters outside the convolution.
func (a *answer) backpropagation() {
	a.source = true
	a.add(paragraph{"The convolution of Question 20 takes the filters as an argument and is not changed. Conv2DBackprop computes the gradient of the loss " +
		"with respect to the filters and to the input. A layer of the network holds both functions, and the filters as a variable that starts with random numbers and that each step updates."},
		reference{"Question 20 has the convolution", "question-20"})
	a.excerpt(lowlevel.Source(), "conv2d.go", "Conv2DBackprop", "kernels.turn")
	a.excerpt(lowlevel.Source(), "layer.go", "layer", "convolutionLayer", "variable", "newVariable", "random")
	a.excerpt(lowlevel.Source(), "graph.go", "graph.addUpdate")
}

// network shows the whole network and its accuracy.
func (a *answer) network() {
	if c := a.lab.cycles; c != nil {
		n := len(c.accuracy) - 1
		a.add(paragraph{fmt.Sprintf("After %d cycles of training the network classifies %s of its test images correctly; without training %s.", n, percent(c.accuracy[n]), percent(c.accuracy[0]))})
	} else {
		a.lack(a.lab.problem)
	}
	a.excerpt(lowlevel.Source(), "graph.go", "graph", "newGraph", "graph.addLayers", "graph.addConvolution", "graph.addConnected", "graph.add", "graph.output", "graph.addLoss")
	a.excerpt(lowlevel.Source(), "layer.go", "thresholdLayer", "normalizationLayer", "poolingLayer", "connectedLayer")
	a.excerpt(lowlevel.Source(), "network.go", "Network", "Network.Update", "Network.Accuracy")
	a.excerpt(lowlevel.Source(), "relu.go", "ReLUBackprop")
	a.excerpt(lowlevel.Source(), "maxpool.go", "MaxPoolBackprop", "unwindow")
	a.excerpt(lowlevel.Source(), "normalize.go", "NormalizeBackprop")
	a.excerpt(lowlevel.Source(), "dense.go", "FullyConnectedBackprop")
	a.excerpt(lowlevel.Source(), "softmax.go", "CrossEntropy", "CrossEntropyBackprop", "wantLabels")
}

// primitives shows the operations from which the functions are built.
func primitives() ([]block, error) {
	blocks := []block{heading{2, "operations", "Appendix: operations that the low-level functions are made of"}}
	for _, file := range []string{"primitives.go", "shapes.go"} {
		text, err := fs.ReadFile(lowlevel.Source(), file)
		if err != nil {
			return nil, fmt.Errorf("source: %w", err)
		}
		blocks = append(blocks, code{Title: file, Text: strings.TrimSpace(string(text))})
	}
	return blocks, nil
}
