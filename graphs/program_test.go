package graphs_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
)

// broken is a perceptron with an invalid forward pass.
type broken struct {
	perceptron
	logits func(b *graphs.Builder, x tf.Output) tf.Output
}

func (m broken) Logits(b *graphs.Builder, x tf.Output) tf.Output { return m.logits(b, x) }

func TestCompileSaysInOneLineWhatIsWrong(t *testing.T) {
	tests := []struct {
		name   string
		want   string
		logits func(b *graphs.Builder, x tf.Output) tf.Output
	}{
		{"an error of the model's own", "no such thing", func(b *graphs.Builder, x tf.Output) tf.Output {
			b.Fail(errors.New("no such thing"))
			return x
		}},
		{"a weight that is not there", `weight "dense/kernel" was not declared`, func(b *graphs.Builder, _ tf.Output) tf.Output {
			return b.Weight("dense/kernel")
		}},
		{"shapes that do not fit", "Dimensions must be equal", func(b *graphs.Builder, _ tf.Output) tf.Output {
			kernel := b.Weight("hidden/kernel")
			return op.MatMul(b.Scope("product"), kernel, kernel)
		}},
		{"a name twice", "Duplicate", func(b *graphs.Builder, _ tf.Output) tf.Output {
			s := b.Scope("twice")
			bias := b.Weight("hidden/bias")
			op.Relu(s, bias)
			return op.Relu(s, bias)
		}},
		{"a weight that is not used", "hidden/kernel", func(b *graphs.Builder, x tf.Output) tf.Output {
			s := b.Scope("flat")
			flat := op.Reshape(s, x, op.Const(s.SubScope("shape"), []int32{-1, pixels}))
			return op.AddV2(b.Scope("biased"), op.Slice(b.Scope("three"), flat,
				op.Const(b.Scope("from"), []int32{0, 0}), op.Const(b.Scope("size"), []int32{-1, classes})), b.Weight("out/bias"))
		}},
	}
	for _, tt := range tests {
		p, err := graphs.Compile(broken{logits: tt.logits}, graphs.Options{Optimizer: optim.Adam(0.001)})
		if err == nil {
			p.Close()
			t.Errorf("%s: no error", tt.name)
			continue
		}
		message := err.Error()
		if !strings.Contains(message, tt.want) || !strings.Contains(message, "perceptron") {
			t.Errorf("%s: got %q, want %q and the model's name in it", tt.name, message, tt.want)
		}
		if strings.Contains(message, "\n") || strings.Contains(message, "goroutine") || strings.Contains(message, "tacktrace") {
			t.Errorf("%s: want one line without a stack trace, got %q", tt.name, message)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := []struct {
		name     string
		examples graphs.Examples
		want     string
	}{
		{"images of another shape", shaped{tenDigits(), [3]int{4, 1, 1}}, "images of 4x1x1: want 2x2x1"},
		{"a label too large", &digits{images: make([]byte, 2*pixels), labels: []uint8{2, 3}}, "example 1 has label 3: want less than 3"},
		{"fewer pixels than labels", &digits{images: make([]byte, pixels), labels: []uint8{0, 1}}, "images"},
	}
	p := compile(t, graphs.Options{})
	for _, tt := range tests {
		if err := p.Inference.Load(tt.examples); err == nil {
			t.Errorf("%s: no error", tt.name)
		} else if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %q, want %q in it", tt.name, err, tt.want)
		}
	}
	begin(t, p.Inference, nil, 10) // the earlier examples are still loaded
	step(t, p.Inference, 10)
}

// shaped are examples that claim another shape.
type shaped struct {
	*digits
	shape [3]int
}

func (s shaped) Shape() [3]int { return s.shape }

// uncomparable are examples in a struct for which == panics.
type uncomparable struct {
	digits
	_ []string // a slice cannot be compared
}

func (u uncomparable) Len() int        { return len(u.labels) }
func (u uncomparable) Shape() [3]int   { return [3]int{2, 2, 1} }
func (u uncomparable) Images() []byte  { return u.images }
func (u uncomparable) Labels() []uint8 { return u.labels }

func TestLoadTakesAnyKindOfExamples(t *testing.T) {
	p := compile(t, graphs.Options{})
	for _, e := range []graphs.Examples{tenDigits(), uncomparable{digits: *tenDigits()}, uncomparable{digits: *tenDigits()}} {
		if err := p.Inference.Load(e); err != nil {
			t.Fatal(err)
		}
		begin(t, p.Inference, nil, 10)
		step(t, p.Inference, 10)
	}
}

func TestLoadReplaces(t *testing.T) {
	p := compile(t, graphs.Options{})
	three := &digits{images: tenDigits().images[5*pixels : 8*pixels], labels: tenDigits().labels[5:8]}
	if err := p.Inference.Load(three); err != nil {
		t.Fatal(err)
	}
	begin(t, p.Inference, nil, 10)
	step(t, p.Inference, 3)
	sums, _ := someNumbers().pass(tenDigits(), []int32{5, 6, 7})
	checkSums(t, p.Inference, sums)
}

func TestStageOutOfTurn(t *testing.T) {
	p, err := graphs.Compile(perceptron{}, graphs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Inference.Begin(nil, 4, graphs.Sums{}); err == nil {
		t.Error("Begin without Load: no error")
	}
	if err := p.Inference.Load(tenDigits()); err != nil {
		t.Fatal(err)
	}
	for _, batch := range []int{0, -1} {
		if err := p.Inference.Begin(nil, batch, graphs.Sums{}); err == nil {
			t.Errorf("Begin with batches of %d: no error", batch)
		}
	}
	begin(t, p.Inference, []int32{3, 10}, 2)
	if n, err := p.Inference.Step(); err == nil {
		t.Errorf("example 10 of ten: got a step of %d, want an error", n)
	}
}

func TestInferenceOnlyHasNoTraining(t *testing.T) {
	p := compile(t, graphs.Options{})
	if p.Training != nil {
		t.Error("a program without an optimizer has a training stage")
	}
	if err := p.Save(filepath.Join(t.TempDir(), "ckpt"), nil); err == nil {
		t.Error("a program without an optimizer saves a checkpoint")
	}
}

func TestLearningRateIsTheOptimizersUntilSet(t *testing.T) {
	p := compile(t, graphs.Options{Optimizer: optim.RMSprop(0.001), Schedule: optim.InverseTimeDecay(0.5)})
	check := func(want float64) {
		t.Helper()
		if got, err := p.LearningRate(); err != nil || got != want {
			t.Errorf("learning rate %v, %v: want %v", got, err, want)
		}
	}
	check(0.001) // not 0.0010000000474974513
	if err := p.SetLearningRate(0.25); err != nil {
		t.Fatal(err)
	}
	begin(t, p.Training, nil, 10)
	step(t, p.Training, 10)
	check(0.25 / 1.5)
}

// The same seed gives the same run, bit for bit.
func TestTrainingRepeats(t *testing.T) {
	train := func() []npy.Entry {
		p := compile(t, graphs.Options{Optimizer: optim.Adam(0.01), Seed: 1})
		for range 3 {
			begin(t, p.Training, nil, 4)
			for _, n := range []int{4, 4, 2} {
				step(t, p.Training, n)
			}
		}
		entries, err := p.Weights()
		if err != nil {
			t.Fatal(err)
		}
		return entries
	}
	first, again := train(), train()
	for i := range first {
		for j, v := range first[i].Array.Float32() {
			if w := again[i].Array.Float32()[j]; v != w {
				t.Errorf("%s: number %d is %v, then %v", first[i].Name, j, v, w)
			}
		}
	}
}
