package benchmark

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// The product is computed every time: larger matrices with 512 times the work take much
// longer.
func TestRate(t *testing.T) {
	for _, precision := range []string{"float32", "mixed_bfloat16"} {
		seconds := func(extent int) float64 {
			rate, err := Multiplication{Extent: extent, CPU: true}.Measure(t.Context(), precision)
			if err != nil {
				t.Fatal(err)
			}
			e := float64(extent)
			return 2 * e * e * e / rate.Operations
		}
		if small, large := seconds(128), seconds(1024); !(small > 0) || large < 4*small {
			t.Errorf("%s: %g s for matrices of 128, %g s for those of 1024: want much more", precision, small, large)
		}
	}
}

func TestRateFails(t *testing.T) {
	if _, err := (Multiplication{Extent: 8}).Measure(t.Context(), "float8"); err == nil || !strings.Contains(err.Error(), `"float8": want float32`) {
		t.Errorf("error %v, want one that names what there is", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Multiplication{Extent: 8}).Measure(ctx, "float32"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestHigherRate(t *testing.T) {
	rates := Rate{"float32", 2}.Higher(nil)
	rates = Rate{"mixed_bfloat16", 5}.Higher(rates)
	rates = Rate{"float32", 3}.Higher(rates)
	rates = Rate{"float32", 1}.Higher(rates)
	if len(rates) != 2 || rates[0] != (Rate{"float32", 3}) || rates[1] != (Rate{"mixed_bfloat16", 5}) {
		t.Errorf("got %v, want 3 and 5", rates)
	}
}
