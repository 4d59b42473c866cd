package graphs_test

import (
	"math"
	"path/filepath"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
)

// counting is the perceptron with two state variables: the number of steps, which is
// added to the logits of class 0, and the sum of the first pixels of all examples.
type counting struct {
	perceptron
	step float32
}

func (c counting) Weights() []graphs.Weight {
	return append(c.perceptron.Weights(),
		graphs.Weight{Name: "steps", Shape: []int{}, Initializer: graphs.Ones, Role: graphs.State},
		graphs.Weight{Name: "seen", Shape: []int{1}, Initializer: graphs.Zeros, Role: graphs.State},
		graphs.Weight{Name: "constant", Shape: []int{}, Initializer: graphs.Ones, Role: graphs.State})
}

func (c counting) Logits(b *graphs.Builder, x tf.Output) tf.Output {
	s := b.Scope("counting")
	y := c.perceptron.Logits(b, x)
	steps := b.Float32("steps")
	b.Update("steps", func(v tf.Output) tf.Output {
		return op.AddV2(s, v, op.Const(s.SubScope("step"), c.step))
	})
	b.Update("seen", func(v tf.Output) tf.Output {
		flat := op.Cast(s.SubScope("wide"), op.Reshape(s, x, op.Const(s.SubScope("flat"), []int32{-1, pixels})), tf.Float)
		first := op.Slice(s, flat, op.Const(s.SubScope("from"), []int32{0, 0}), op.Const(s.SubScope("size"), []int32{-1, 1}))
		return op.AddV2(s.SubScope("more"), v, op.Reshape(s.SubScope("one"), b.SumBatch(first), op.Const(s.SubScope("one"), []int32{1})))
	})
	scaled := op.Mul(s.SubScope("scaled"), op.Cast(s.SubScope("narrow"), steps, y.DataType()), op.Cast(s.SubScope("zero_cast"), op.Const(s.SubScope("zero"), []float32{1, 0, 0}), y.DataType()))
	return op.AddV2(s.SubScope("logits"), y, scaled)
}

func countingProgram(t *testing.T, by float32, o graphs.Options) *graphs.Program {
	t.Helper()
	p, err := graphs.Compile(counting{step: by}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	for _, st := range []*graphs.Stage{p.Training, p.Inference} {
		if err := st.Load(tenDigits()); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func stateOf(t *testing.T, p *graphs.Program) (steps, seen, constant float64, all []npy.Entry) {
	t.Helper()
	all, err := p.Weights()
	if err != nil {
		t.Fatal(err)
	}
	value := func(i int) float64 { return all[len(all)-3+i].Array.Float64()[0] }
	return value(0), value(1), value(2), all
}

// State variables change once per step according to the layers, in float32 in every
// precision, and equally for any number of replicas; inference does not change them.
func TestStateFollowsItsUpdates(t *testing.T) {
	want := 0.0 // two epochs
	for i := range 10 {
		want += 2 * float64(tenDigits().images[i*pixels]) / 255
	}
	for _, o := range []graphs.Options{{}, {Replicas: 2}, {Replicas: 7}, {Precision: graphs.MixedBFloat16}, {Precision: graphs.MixedFloat16, Replicas: 3}} {
		o.Optimizer, o.Device = optim.Adam(0.001), graphs.CPU
		p := countingProgram(t, 1.0/(1<<20), o)
		for range 2 {
			begin(t, p.Training, nil, 4)
			for _, n := range []int{4, 4, 2} {
				step(t, p.Training, n)
			}
			begin(t, p.Inference, nil, 4)
			step(t, p.Inference, 4)
		}
		steps, seen, constant, _ := stateOf(t, p)
		if steps != 1+6.0/(1<<20) {
			t.Errorf("%+v: steps is %v, want %v", o, steps, 1+6.0/(1<<20))
		}
		tolerance := 1e-5
		if o.Precision != "" {
			tolerance = 0.02 // the pixels have 16 bits
		}
		if math.Abs(seen-want) > tolerance {
			t.Errorf("%+v: seen is %v, want %v", o, seen, want)
		}
		if constant != 1 {
			t.Errorf("%+v: a state variable without an update became %v", o, constant)
		}
	}
}

// All readers in a step see the value before the step.
func TestStateIsReadBeforeItChanges(t *testing.T) {
	p := countingProgram(t, 0.5, graphs.Options{Optimizer: optim.SGD(0, optim.Momentum{}), Device: graphs.CPU})
	for range 20 {
		begin(t, p.Inference, nil, 10)
		step(t, p.Inference, 10)
		want, err := p.Inference.Sums() // with the value before the step
		if err != nil {
			t.Fatal(err)
		}
		begin(t, p.Training, nil, 10)
		step(t, p.Training, 10)
		checkSums(t, p.Training, want)
	}
}

// A checkpoint includes the state, and training resumes from it bit for bit.
func TestStateSurvivesACheckpoint(t *testing.T) {
	o := graphs.Options{Optimizer: optim.Adam(0.01), Device: graphs.CPU, Threads: 1}
	whole, prefix := countingProgram(t, 1.0/(1<<20), o), filepath.Join(t.TempDir(), "bundle")
	begin(t, whole.Training, nil, 5)
	step(t, whole.Training, 5)
	if err := whole.Save(prefix, nil); err != nil {
		t.Fatal(err)
	}
	resumed := countingProgram(t, 1.0/(1<<20), o)
	if _, err := resumed.Restore(prefix); err != nil {
		t.Fatal(err)
	}
	begin(t, resumed.Training, []int32{5, 6, 7, 8, 9}, 5)
	step(t, whole.Training, 5)
	step(t, resumed.Training, 5)
	_, _, _, want := stateOf(t, whole)
	_, _, _, got := stateOf(t, resumed)
	for i, w := range want {
		for j, v := range w.Array.Float32() {
			if got[i].Array.Float32()[j] != v {
				t.Errorf("%s[%d] is %v after a checkpoint, want %v", w.Name, j, got[i].Array.Float32()[j], v)
			}
		}
	}
}
