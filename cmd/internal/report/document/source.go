package document

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/tflab/tflab/graphs/lowlevel"
	"github.com/tflab/tflab/tfmodels"
)

// sources is the source as it was compiled into this program, so that
// the report cannot show another.
func sources() ([]block, error) {
	type source struct {
		heading   heading
		directory fs.FS
		file      string
	}
	var all []source
	for _, n := range tfmodels.Assigned() {
		if file := n.Assignment.Source; file != "" {
			all = append(all, source{heading{3, n.Recipe.Dataset + "-source", "Source of " + n.Name(), "16"}, tfmodels.Source(), file})
		}
	}
	all = append(all, []source{
		{heading{3, "conv2d-source", "Source of the convolution and its back-propagation", "20, 26"}, lowlevel.Source(), "conv2d.go"},
		{heading{3, "relu-source", "Source of ReLU and its back-propagation", "21, 26"}, lowlevel.Source(), "relu.go"},
		{heading{3, "maxpool-source", "Source of the max-pooling and its back-propagation", "22, 26"}, lowlevel.Source(), "maxpool.go"},
		{heading{3, "normalize-source", "Source of the normalization and its back-propagation", "23, 26"}, lowlevel.Source(), "normalize.go"},
		{heading{3, "dense-source", "Source of the fully connected layer and its back-propagation", "24, 26"}, lowlevel.Source(), "dense.go"},
		{heading{3, "softmax-source", "Source of softmax and cross-entropy, and their back-propagation", "25, 26"}, lowlevel.Source(), "softmax.go"},
		{heading{3, "primitives-source", "Source of the operations that they are made of", ""}, lowlevel.Source(), "primitives.go"},
	}...)
	var blocks []block
	for _, s := range all {
		text, err := fs.ReadFile(s.directory, s.file)
		if err != nil {
			return nil, fmt.Errorf("source: %w", err)
		}
		blocks = append(blocks, s.heading, code{Title: s.file, Text: strings.TrimSpace(string(text))})
	}
	return blocks, nil
}
