package graphs

import (
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// Operations for which TensorFlow's C API has no gradient, or a wrong one, are refused
// by name wherever they lie between a weight and the loss.
func TestGradientsThatCannotBeHadAreRefused(t *testing.T) {
	conv := func(attribute op.Conv2DAttr, padding string) func(b *Builder, x tf.Output) tf.Output {
		return func(b *Builder, x tf.Output) tf.Output {
			return op.Conv2D(b.Within("bad").Scope("conv"), x, b.Weight("k"), []int64{1, 1, 1, 1}, padding, attribute)
		}
	}
	for name, tt := range map[string]struct {
		want  string
		build func(b *Builder, x tf.Output) tf.Output
	}{
		"dilations":         {"bad/conv/Conv2D (Conv2D) cannot be trained through", conv(op.Conv2DDilations([]int64{1, 2, 2, 1}), "SAME")},
		"explicit paddings": {"bad/conv/Conv2D (Conv2D) cannot be trained through", conv(op.Conv2DExplicitPaddings([]int64{0, 0, 1, 1, 1, 1, 0, 0}), "EXPLICIT")},
		"dilations by channel": {"(DepthwiseConv2dNative) cannot be trained through", func(b *Builder, x tf.Output) tf.Output {
			return op.DepthwiseConv2dNative(b.Scope("bad"), x, b.Weight("k"), []int64{1, 1, 1, 1}, "SAME", op.DepthwiseConv2dNativeDilations([]int64{1, 2, 2, 1}))
		}},
		"log softmax": {"(LogSoftmax) cannot be trained through", func(b *Builder, x tf.Output) tf.Output {
			return op.LogSoftmax(b.Scope("bad"), b.ReLU(b.Conv2D(x, b.Weight("k"), Convolution{})))
		}},
		"local response": {"(LRN) cannot be trained through", func(b *Builder, x tf.Output) tf.Output {
			return op.LRN(b.Scope("bad"), b.Conv2D(x, b.Weight("k"), Convolution{}))
		}},
		"no gradient at all": {"(Erfc) cannot be trained through", func(b *Builder, x tf.Output) tf.Output {
			return op.Erfc(b.Scope("bad"), b.Conv2D(x, b.Weight("k"), Convolution{}))
		}},
		"an operation that the list does not know": {"No gradient defined for op: Digamma", func(b *Builder, x tf.Output) tf.Output {
			return op.Digamma(b.Scope("bad"), b.Conv2D(x, b.Weight("k"), Convolution{}))
		}},
		"rounded": {`weight "k" has no gradient`, func(b *Builder, x tf.Output) tf.Output {
			return op.Floor(b.Scope("floor"), b.Conv2D(x, b.Weight("k"), Convolution{}))
		}},
		"stopped": {`weight "k" has no gradient`, func(b *Builder, x tf.Output) tf.Output {
			return b.ReLU(op.StopGradient(b.Scope("stop"), b.Conv2D(x, b.Weight("k"), Convolution{})))
		}},
		"not used": {`weight "k" has no gradient`, func(b *Builder, x tf.Output) tf.Output { return b.ReLU(x) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := op.NewScope()
			weights := []Weight{kernel("k", 3, 3, 2, 2)}
			k := op.Placeholder(s.SubScope("k"), tf.Float, op.PlaceholderShape(tf.MakeShape(3, 3, 2, 2)))
			x := op.Placeholder(s.SubScope("x"), tf.Float, op.PlaceholderShape(tf.MakeShape(-1, 6, 6, 2)))
			b := NewBuilder(s, Pass{Training: true, Weights: map[string]tf.Output{"k": k}})
			y := tt.build(b, x)
			if s.Err() != nil {
				t.Fatal(s.Err())
			}
			b.tape.gradients(s.SubScope("gradients"), weights, []tf.Output{y}, []tf.Output{y}, tf.Float)
			if err := scopeError(s); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// An operation with a wrong gradient is allowed before the first weight, and outside
// the paths to the loss.
func TestGradientsAreRefusedOnlyWhereTheyAreNeeded(t *testing.T) {
	s := op.NewScope()
	k := op.Placeholder(s.SubScope("k"), tf.Float, op.PlaceholderShape(tf.MakeShape(3, 3, 2, 2)))
	x := op.Placeholder(s.SubScope("x"), tf.Float, op.PlaceholderShape(tf.MakeShape(-1, 6, 6, 2)))
	b := NewBuilder(s, Pass{Training: true, Weights: map[string]tf.Output{"k": k}})
	y := b.Conv2D(op.LRN(s, x), b.Weight("k"), Convolution{})
	op.LRN(s.SubScope("beside"), y)
	if b.tape.gradients(s.SubScope("gradients"), []Weight{kernel("k", 3, 3, 2, 2)}, []tf.Output{y}, []tf.Output{y}, tf.Float); s.Err() != nil {
		t.Error(scopeError(s))
	}
}
