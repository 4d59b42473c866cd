package tfmodels

import (
	"image/color"
	"slices"

	"github.com/tflab/tflab/graphs"
)

// Model is a network of layers, sequential or a graph, with the methods that commands
// and reports need.
type Model interface {
	graphs.Model
	// Summary describes the layers, one per row.
	Summary() []Row
	// Parameters returns the number of parameters in all variables.
	Parameters() int
	// MultiplyAdds returns the number of multiply-adds in the forward pass of one
	// example.
	MultiplyAdds() int
	// GainsFromReplicas reports whether copies of the network that share a batch are
	// faster on a CPU. They are if the network has convolutions, and no layer that
	// synchronizes the copies, such as a batch normalization.
	GainsFromReplicas() bool
	// WithoutDropout returns the network without the layers that draw random numbers in
	// training, under the same name: dropout of both kinds, noise, random flips and
	// translations.
	WithoutDropout() Model
}

// Network is a network of the catalogue: the model, its training recipe, and its
// appearance in reports.
type Network struct {
	Model
	Recipe     Recipe
	Assignment Assignment // zero if the network is not part of the assignment
	Look       Look       // zero means derived from the name
	File       string     // file from which the network was read; "" for one of the catalogue
}

// Assignment is the place of a network in the lab's assignment.
type Assignment struct {
	Exercise  int    // 1 or 2
	Questions []int  // questions about the network, in ascending order
	Source    string // file of this package that answers a question about the source, or ""
}

// Asks reports whether a question is about the network.
func (a Assignment) Asks(question int) bool { return slices.Contains(a.Questions, question) }

// Look defines how charts draw a network. The marker repeats the information of the
// colour, for black-and-white print.
type Look struct {
	Color  color.RGBA
	Sides  int     // of the marker, a regular polygon; 0 for a circle
	Turned float64 // rotation in radians; at 0 a corner is at the top
}
