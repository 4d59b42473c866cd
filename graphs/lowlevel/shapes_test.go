package lowlevel

import (
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// input adds a placeholder. Without a shape its rank is unknown.
func input(s *op.Scope, dtype tf.DataType, shape ...int64) tf.Output {
	if len(shape) == 0 {
		return op.Placeholder(s.SubScope("in"), dtype)
	}
	return op.Placeholder(s.SubScope("in"), dtype, op.PlaceholderShape(tf.MakeShape(shape...)))
}

func float(s *op.Scope, shape ...int64) tf.Output { return input(s, tf.Float, shape...) }

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		want string
		f    func(s *op.Scope) error
	}{
		{"conv2d: got filters of 3x3x2x8 for an input of 28x28x1 with 1 channels: want filters KHxKWx1xF", func(s *op.Scope) error {
			_, err := Conv2D(s, float(s, 28, 28, 1), float(s, 3, 3, 2, 8))
			return err
		}},
		{"conv2d: got filters of 5x3: want at most the height and width of the input, 4x4", func(s *op.Scope) error {
			_, err := Conv2D(s, float(s, 4, 4), float(s, 5, 3, 2))
			return err
		}},
		{"conv2d: got filters of 3x3: want KHxKWxF or KHxKWxCxF", func(s *op.Scope) error {
			_, err := Conv2D(s, float(s, 4, 4), float(s, 3, 3))
			return err
		}},
		{"conv2d: got filters of 0x3x1: want", func(s *op.Scope) error {
			_, err := Conv2D(s, float(s, 4, 4), float(s, 0, 3, 1))
			return err
		}},
		{"conv2d: got input of 4x?x2: want HxW, HxWxC or NxHxWxC, each known", func(s *op.Scope) error {
			_, err := Conv2D(s, float(s, 4, -1, 2), float(s, 3, 3, 2, 1))
			return err
		}},
		{"conv2d: got input of unknown rank: want", func(s *op.Scope) error {
			_, err := Conv2D(s, float(s), float(s, 3, 3, 2, 1))
			return err
		}},
		{"conv2d: input and filters differ in type", func(s *op.Scope) error {
			_, err := Conv2D(s, float(s, 4, 4), input(s, tf.Double, 3, 3, 1))
			return err
		}},
		{"conv2d: filters is the zero Output", func(s *op.Scope) error {
			_, err := Conv2D(s, float(s, 4, 4), tf.Output{})
			return err
		}},
		{"conv2d backprop: got upstream of 3x3x1: want 2x2x1 for input of 4x4", func(s *op.Scope) error {
			_, _, err := Conv2DBackprop(s, float(s, 4, 4), float(s, 3, 3, 1), float(s, 3, 3, 1))
			return err
		}},
		{"conv2d backprop: input and upstream differ in type", func(s *op.Scope) error {
			_, _, err := Conv2DBackprop(s, float(s, 4, 4), float(s, 3, 3, 1), input(s, tf.Double, 2, 2, 1))
			return err
		}},
		{"relu: input has TensorFlow's data type 3: want float32", func(s *op.Scope) error {
			_, err := ReLU(s, input(s, tf.Int32, 4))
			return err
		}},
		{"relu backprop: got upstream of length 5: want length 4 for input of", func(s *op.Scope) error {
			_, err := ReLUBackprop(s, float(s, 4), float(s, 5))
			return err
		}},
		{"maxpool: got extent 0: want 1 to 4", func(s *op.Scope) error {
			_, err := MaxPool(s, float(s, 4, 6), 0)
			return err
		}},
		{"maxpool: got extent 5: want 1 to 4", func(s *op.Scope) error {
			_, err := MaxPool(s, float(s, 4, 6), 5)
			return err
		}},
		{"maxpool backprop: got upstream of 2x2: want 2x3 for input of 4x6", func(s *op.Scope) error {
			_, err := MaxPoolBackprop(s, float(s, 4, 6), 2, float(s, 2, 2))
			return err
		}},
		{"normalize: got input of length 4: want HxW", func(s *op.Scope) error {
			_, err := Normalize(s, float(s, 4))
			return err
		}},
		{"normalize backprop: got upstream of 4x5: want 4x4", func(s *op.Scope) error {
			_, err := NormalizeBackprop(s, float(s, 4, 4), float(s, 4, 5))
			return err
		}},
		{"dense: got weights of 5x2 for input of 3x4", func(s *op.Scope) error {
			_, err := FullyConnected(s, float(s, 3, 4), float(s, 5, 2), float(s, 2))
			return err
		}},
		{"dense: got bias of length 3: want length 2 for weights of 4x2", func(s *op.Scope) error {
			_, err := FullyConnected(s, float(s, 3, 4), float(s, 4, 2), float(s, 3))
			return err
		}},
		{"dense backprop: got upstream of 3x3: want 3x2", func(s *op.Scope) error {
			_, _, _, err := FullyConnectedBackprop(s, float(s, 3, 4), float(s, 4, 2), float(s, 3, 3))
			return err
		}},
		{"softmax: got input of unknown rank: want", func(s *op.Scope) error {
			_, err := Softmax(s, float(s))
			return err
		}},
		{"cross-entropy: got labels of 3x9: want 3x10 for logits of 3x10", func(s *op.Scope) error {
			_, err := CrossEntropy(s, float(s, 3, 10), float(s, 3, 9))
			return err
		}},
		{"cross-entropy backprop: got upstream of length 4: want length 3", func(s *op.Scope) error {
			_, err := CrossEntropyBackprop(s, float(s, 3, 10), float(s, 3, 10), float(s, 4))
			return err
		}},
	} {
		t.Run(c.want, func(t *testing.T) {
			s := op.NewScope()
			err := c.f(s)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line beginning %q", err, c.want)
			}
			if s.Err() != nil {
				t.Errorf("the scope is spoilt: %v", s.Err())
			}
		})
	}
}

// An earlier error in the scope is returned as one line, without graft's stack trace,
// and tfgo does not panic with it.
func TestBrokenScope(t *testing.T) {
	s := op.NewScope()
	x, w, b := float(s, 2, 3), float(s, 3, 4), float(s, 4)
	op.Add(s.SubScope("bad"), x, w)
	for name, f := range map[string]func() error{
		"conv2d": func() error { _, err := Conv2D(s, x, w); return err },
		"dense":  func() error { _, err := FullyConnected(s, x, w, b); return err },
		"relu":   func() error { _, err := ReLU(s, tf.Output{}); return err },
	} {
		err := f()
		want := name + `: failed to add operation "Add": `
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\t") {
			t.Errorf("got %v, want one line beginning %q", err, want)
		}
	}
}

// A batch size that is known only at run time.
func TestUnknownBatch(t *testing.T) {
	s := op.NewScope()
	x, k := float(s, -1, 6, 5, 2), float(s, 3, 3, 2, 4)
	y, err := Conv2D(s, x, k)
	if err == nil {
		y, err = MaxPool(s, y, 2)
	}
	if err == nil {
		y, err = Normalize(s, y)
	}
	if err == nil {
		y, err = FullyConnected(s, y, float(s, 8, 3), float(s, 3))
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := shapeOf(y); got != "?x3" {
		t.Errorf("output is %s, want ?x3", got)
	}
	if _, _, err := Conv2DBackprop(s, x, k, float(s, 7, 4, 3, 4)); err != nil {
		t.Errorf("upstream of a known batch: %v", err)
	}
}

// An error at run time is one line, too.
func TestApplyError(t *testing.T) {
	x, err := tf.NewTensor([]float32{1, 2, 3, 4, 5, 6})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Apply(func(s *op.Scope, in []tf.Output) ([]tf.Output, error) {
		return []tf.Output{op.Reshape(s, in[0], op.Placeholder(s.SubScope("fed"), tf.Int32))}, nil
	}, x)
	if err == nil || !strings.HasPrefix(err.Error(), "run: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want one line that begins with run", err)
	}
}
