package keras

import (
	"fmt"

	"github.com/tflab/tflab/tfmodels"
)

// Limits of the networks that can be built from a file. A small file can describe a
// network that exceeds the memory of any machine.
const (
	maxParameters = 1 << 31
	maxOutput     = 1 << 31 // numbers in a layer's output for one example
)

// checkSize returns an error if a network exceeds the limits.
func checkSize(m *tfmodels.Functional) error {
	for _, row := range m.Summary() {
		if _, ok := product(row.OutputShape, maxOutput); !ok {
			return fmt.Errorf("layer %q (%s): output of shape %v: want at most %d numbers for an image", row.Name, row.Kind, row.OutputShape, maxOutput)
		}
	}
	left := maxParameters
	for _, w := range m.Weights() {
		n, ok := product(w.Shape, left)
		if !ok {
			return fmt.Errorf("%s of shape %v: want at most %d parameters in a network", w.Name, w.Shape, maxParameters)
		}
		left -= n
	}
	return nil
}

// product multiplies the extents of a shape, and returns false if the product exceeds
// most.
func product(shape []int, most int) (int, bool) {
	n := 1
	for _, d := range shape {
		if d < 0 || d > 0 && n > most/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}
