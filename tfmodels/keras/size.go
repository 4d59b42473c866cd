package keras

import (
	"fmt"

	"github.com/tflab/tflab/tfmodels"
)

// The largest network that is built of a file: a small file can describe one that no
// machine has memory for.
const (
	maxParameters = 1 << 31
	maxOutput     = 1 << 31 // numbers in the output of a layer for one example
)

// checkSize refuses a network that is larger.
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

// product multiplies extents; false if the product is larger than most.
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
