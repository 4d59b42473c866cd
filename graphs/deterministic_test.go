package graphs

import (
	"math/rand/v2"
	"slices"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/graphstest"
)

// The gradient of a pool from elementwise operations equals that of TensorFlow's
// kernel, also if a window has its maximum at several places, and if an edge does not
// fill a window.
func TestWindowGradientIsTheKernels(t *testing.T) {
	for _, tt := range []struct{ height, width, window int }{{6, 8, 2}, {7, 9, 2}, {9, 9, 3}, {5, 5, 5}, {4, 4, 1}} {
		const batch, channels = 3, 2
		random := rand.New(rand.NewPCG(1, 2))
		numbers := func(n int, below int) []float32 {
			all := make([]float32, n)
			for i := range all {
				all[i] = float32(random.IntN(below))
			}
			return all
		}
		s := op.NewScope()
		constant := func(name string, values []float32, shape ...int32) tf.Output {
			return op.Reshape(s.SubScope(name), op.Const(s.SubScope(name+"_values"), values), op.Const(s.SubScope(name+"_shape"), shape))
		}
		rows, columns := tt.height/tt.window, tt.width/tt.window
		x := constant("x", numbers(batch*tt.height*tt.width*channels, 3), batch, int32(tt.height), int32(tt.width), channels) // one of 3 values, so that many are equal
		g := constant("g", numbers(batch*rows*columns*channels, 1000), batch, int32(rows), int32(columns), channels)
		window := []int64{1, int64(tt.window), int64(tt.window), 1}
		y := op.MaxPool(s, x, window, window, "VALID")
		want := op.MaxPoolGrad(s, x, y, g, window, window, "VALID")
		got := windowGradient(s.SubScope("own"), x, y, g, [2]int{tt.window, tt.window})
		out := runOnce(t, s, got, want)
		if !slices.Equal(out[0], out[1]) {
			t.Errorf("%+v: got %v, want %v", tt, out[0], out[1])
		}
	}
}

// The loss from elementary operations equals the kernel's up to rounding, and so does
// its gradient, for logits of any size.
func TestCrossEntropyIsTheKernels(t *testing.T) {
	s := op.NewScope()
	logits := op.Const(s.SubScope("logits"), [][]float32{{1, 2, 3}, {-50, 0, 60}, {1000, -1000, 999}, {0, 0, 0}})
	labels := op.Const(s.SubScope("labels"), []int64{2, 0, 2, 1})
	loss, gradient := (&Stage{classes: 3, deterministic: true}).crossEntropy(s.SubScope("own"), logits, labels)
	wantLoss, wantGradient := (&Stage{classes: 3}).crossEntropy(s.SubScope("kernel"), logits, labels)
	out := runOnce(t, s, loss, wantLoss, gradient, wantGradient)
	for i := 0; i < len(out); i += 2 {
		for j, want := range out[i+1] {
			if got := out[i][j]; got-want > 1e-6*max(1, want) || want-got > 1e-6*max(1, want) {
				t.Errorf("output %d: number %d is %v, want %v", i/2, j, got, want)
			}
		}
	}
}

func runOnce(t *testing.T, s *op.Scope, fetches ...tf.Output) [][]float32 {
	t.Helper()
	if err := scopeError(s); err != nil {
		t.Fatal(err)
	}
	session := graphstest.Open(t, s)
	out, err := session.Run(nil, fetches, nil)
	if err != nil {
		t.Fatal(err)
	}
	all := make([][]float32, len(out))
	for i, tensor := range out {
		if all[i], err = floats(tensor); err != nil {
			t.Fatal(err)
		}
	}
	return all
}
