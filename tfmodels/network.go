package tfmodels

import (
	"image/color"
	"slices"

	"github.com/tflab/tflab/graphs"
)

// Model is a network of layers: what the commands and the report use of any
// network, a stack of layers or a graph of them.
type Model interface {
	graphs.Model
	// Summary describes the layers, a row each.
	Summary() []Row
	// Parameters counts the numbers of all layers' variables.
	Parameters() int
	// MultiplyAdds counts the multiply-adds of one example's forward pass.
	MultiplyAdds() int
	// GainsFromReplicas says whether copies of the network that share a batch pay on
	// a CPU: there are convolutions, and no layer makes the copies wait for one
	// another, as a batch normalization does.
	GainsFromReplicas() bool
	// WithoutDropout is the network without the layers that draw random numbers in
	// training, under the same name: dropout of both kinds, noise, random flips and
	// translations.
	WithoutDropout() Model
}

// Network is a network of the catalogue: the model, how it is trained, and how
// reports identify it.
type Network struct {
	Model
	Recipe     Recipe
	Assignment Assignment // zero: the network is not part of the assignment
	Look       Look       // zero: derived from the name
	File       string     // that the network was read from; "": it is one of the catalogue
}

// Assignment is the place of a network in the lab's assignment.
type Assignment struct {
	Exercise  int    // 1 or 2
	Questions []int  // the questions that are about the network, in ascending order
	Source    string // the file of this package that answers a question about the source, or ""
}

// Asks says whether a question is about the network.
func (a Assignment) Asks(question int) bool { return slices.Contains(a.Questions, question) }

// Look is how charts draw a network. The marker repeats what the colour says, for
// print in black and white.
type Look struct {
	Color  color.RGBA
	Sides  int     // of the marker, a regular polygon; 0: a circle
	Turned float64 // by this angle in radians; 0: a corner is at the top
}
