package comparison

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Tolerance is the largest difference at which two sides count as equal. Zero means the
// default.
type Tolerance struct {
	Loss     float64 `json:"loss"`     // relative to the larger loss; by default 1e-4
	Accuracy float64 `json:"accuracy"` // as a share of the examples; by default 0.002
}

func (t Tolerance) orDefault() Tolerance {
	if t.Loss == 0 {
		t.Loss = 1e-4
	}
	if t.Accuracy == 0 {
		t.Accuracy = 0.002
	}
	return t
}

// quantities are the columns of a history that are compared, by Keras's names, in the
// order in which an epoch measures them.
var quantities = [...]string{"loss", "accuracy", "val_loss", "val_accuracy"}

// isLoss distinguishes losses from accuracies.
func isLoss(quantity string) bool { return strings.HasSuffix(quantity, "loss") }

// Difference is one number on both sides.
type Difference struct {
	Quantity   string `json:"quantity"`
	A          Number `json:"a"`
	B          Number `json:"b"`
	Difference Number `json:"difference"` // relative to the larger for losses, absolute for accuracies
	Within     bool   `json:"within"`     // within the tolerance
}

func (t Tolerance) differ(quantity string, a, b float64) Difference {
	difference, allowed := math.Abs(a-b), t.Accuracy
	if isLoss(quantity) {
		difference, allowed = relative(a, b), t.Loss
	}
	if a == b || math.IsNaN(a) && math.IsNaN(b) {
		difference = 0
	} else if math.IsNaN(difference) { // one is NaN, or both are infinite
		difference = math.Inf(1)
	}
	// Rounding must not make a difference of 0.002 exceed a tolerance of 0.002.
	return Difference{quantity, Number(a), Number(b), Number(difference), difference <= allowed*(1+1e-9)}
}

func relative(a, b float64) float64 { return math.Abs(a-b) / math.Max(math.Abs(a), math.Abs(b)) }

// Number is a float64 that is null in JSON if it is not finite.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := float64(n); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return json.Marshal(f)
	}
	return []byte("null"), nil
}

// measured formats a measurement with the precision of float32.
func (n Number) measured() string { return strconv.FormatFloat(float64(n), 'g', 7, 64) }

// small formats a difference.
func (n Number) small() string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("%.1e", float64(n))
}
