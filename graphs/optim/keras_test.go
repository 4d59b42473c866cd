package optim_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/graphstest"
	"github.com/tflab/tflab/graphs/optim"
)

// reference reads a file that scripts/reference/golden.py wrote with Keras.
func reference(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "reference", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// kerasCase is five steps of a Keras optimizer: the weight after each.
type kerasCase struct {
	Optimizer string
	Settings  struct {
		LearningRate float64 `json:"learning_rate"`
		Decay        float64
		Momentum     float64
		Nesterov     bool
	}
	Keras3, Keras2 [][]float64
}

// build returns the optimizer that these settings mean in Keras.
func (c kerasCase) build(t *testing.T, semantics optim.Semantics) optim.Optimizer {
	t.Helper()
	o, err := optim.New(c.Optimizer, optim.Settings{LearningRate: c.Settings.LearningRate, Semantics: semantics})
	if err != nil {
		t.Fatal(err)
	}
	if c.Settings.Momentum != 0 {
		return optim.SGD(o.LearningRate(), optim.Momentum{Rate: c.Settings.Momentum, Nesterov: c.Settings.Nesterov})
	}
	return o
}

func TestOptimizersFollowKeras(t *testing.T) {
	var all struct {
		Initial   []float32
		Gradients [][]float32
		Cases     map[string]kerasCase
	}
	reference(t, "optimizers.json", &all)
	if len(all.Cases) < 8 {
		t.Fatalf("%d cases, want 8 or more", len(all.Cases))
	}
	for name, c := range all.Cases {
		for semantics, want := range map[optim.Semantics][][]float64{optim.Keras3: c.Keras3, optim.Keras2: c.Keras2} {
			if want == nil {
				continue
			}
			t.Run(name+" "+string(semantics), func(t *testing.T) {
				schedule := optim.InverseTimeDecay(c.Settings.Decay)
				got := descend(t, c.build(t, semantics), schedule, all.Initial, all.Gradients)
				check(t, all.Initial, got, want)
			})
		}
	}
}

func TestSchedulesFollowKeras(t *testing.T) {
	var cases []struct {
		LearningRate float64 `json:"learning_rate"`
		Decay        float64
		Iterations   []int64
		Rates        []float64
	}
	reference(t, "schedules.json", &cases)
	for _, c := range cases {
		schedule := optim.InverseTimeDecay(c.Decay)
		for i, done := range c.Iterations {
			want := c.Rates[i]
			if got := schedule.At(c.LearningRate, done); math.Abs(got-want) > 1e-6*want {
				t.Errorf("At(%g, %d) with decay %g: got %v, want %v", c.LearningRate, done, c.Decay, got, want)
			}
			// 1 + decay*iterations and the division are each rounded once in float32.
			if got := rateInGraph(t, schedule, c.LearningRate, done); math.Abs(got-want) > 3e-7*want {
				t.Errorf("Rate(%g, %d) with decay %g: got %v, want %v", c.LearningRate, done, c.Decay, got, want)
			}
		}
	}
}

func rateInGraph(t *testing.T, schedule optim.Schedule, base float64, iterations int64) float64 {
	t.Helper()
	s := op.NewScope()
	rate := schedule.Rate(s.SubScope("schedule"), op.Const(s.SubScope("base"), float32(base)), op.Const(s.SubScope("iterations"), iterations))
	return float64(run(t, graphstest.Open(t, s), nil, []tf.Output{rate}, nil)[0].Value().(float32))
}

func TestNoDecayIsNoSchedule(t *testing.T) {
	if s := optim.InverseTimeDecay(0); s != nil {
		t.Errorf("got %#v, want nil: the rate stays", s)
	}
}
