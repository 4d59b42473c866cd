package analysis

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels/dataset"
)

func TestCompareCollapsed(t *testing.T) {
	test, err := dataset.New([3]int{1, 2, 1}, []byte{255, 0, 0, 255, 255, 255}, []uint8{0, 1, 1}, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	// Powers of two: every product and sum is exact, so the difference is 0.
	weights := []npy.Entry{
		{Name: "dense/kernel", Array: npy.New([]int{2, 3}, []float32{1, 2, -1, 0.5, -4, 2})},
		{Name: "dense/bias", Array: npy.New([]int{3}, []float32{1, 0, -2})},
		{Name: "dense_1/kernel", Array: npy.New([]int{3, 2}, []float32{2, -1, 1, 0.5, 4, -2})},
		{Name: "dense_1/bias", Array: npy.New([]int{2}, []float32{0.25, -8})},
	}
	got, err := CompareCollapsed(weights, test)
	if err != nil {
		t.Fatal(err)
	}
	// [1 0]: hidden [2 2 -3], logits [-5.75 -3]; [0 1]: [1.5 -4 0], [-0.75 -11.5]; [1 1]: [2.5 -2 -1], [-0.75 -9.5].
	want := &Collapse{Examples: 3, Agreeing: 3, Difference: 0, Largest: 11.5, Parameters: 6}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	if _, err := CompareCollapsed(weights[:2], test); err == nil {
		t.Error("one layer is taken for two")
	}
	weights[2].Array = npy.New([]int{1, 2}, []float32{1, 2})
	if _, err := CompareCollapsed(weights, test); err == nil {
		t.Error("kernels that do not fit are multiplied")
	}
}
