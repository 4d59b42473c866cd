package benchmark

import (
	"math"
	"testing"
	"time"
)

// rounds returns runs with the given seconds per step in the epochs after the first.
func rounds(epochs ...[]float64) (all []*Run) {
	for _, e := range epochs {
		if e == nil {
			all = append(all, nil)
			continue
		}
		all = append(all, &Run{Steps: append([]float64{100}, e...)})
	}
	return all
}

func TestStepInterval(t *testing.T) {
	same := [][]float64{{1, 1.02, .98}, {1.01, .99, 1}}
	for _, tt := range []struct {
		name          string
		peers, mine   [][]float64
		low, high     float64 // 0 means no interval
		shown         string
		otherContests []*Contender
	}{
		// The ratios are 2, 2.1, 1.9, 2.2, 1.8, 2: of six ratios, the least and the
		// largest enclose the median with 97 %.
		{"faster", [][]float64{{2, 2.1, 1.9}, {2.2, 1.8, 2}}, [][]float64{{1, 1, 1}, {1, 1, 1}}, 1.8, 2.2, "2.00 (1.80–2.20)", nil},
		{"within the noise", same, [][]float64{{1, 1, 1}, {1, 1, 1}}, .98, 1.02, "~ 1.00 (0.98–1.02)", nil},
		{"too few", [][]float64{{2, 2}}, [][]float64{{1, 1}}, 0, 0, "? 2.00", nil},
		{"a round without the peer", [][]float64{{2, 2, 2}, nil, {2, 2, 2}}, [][]float64{{1, 1, 1}, {50, 50, 50}, {1, 1, 1}}, 2, 2, "2.00 (2.00–2.00)", nil},
		{"no peer", nil, [][]float64{{1, 1, 1}}, 0, 0, "-", nil},
		{"a peer in another precision", [][]float64{{2, 2, 2}, {2, 2, 2}}, [][]float64{{1, 1, 1}, {1, 1, 1}}, 2, 2, "2.00 (2.00–2.00)",
			[]*Contender{{Peer: "pytorch", Precision: "mixed_bfloat16", Runs: rounds([]float64{.5, .5, .5}, []float64{.5, .5, .5})}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &Contender{Name: "tflab", Precision: "float32", Runs: rounds(tt.mine...)}
			n := &Network{Batch: 1, Contenders: append([]*Contender{c, {Name: "peer", Peer: "keras-tf", Precision: "float32", Runs: rounds(tt.peers...)}}, tt.otherContests...)}
			s := n.summarise(c, nil)
			switch {
			case tt.low == 0 && s.StepInterval != nil:
				t.Errorf("interval %v, want none", *s.StepInterval)
			case tt.low > 0 && (s.StepInterval == nil || math.Abs(s.StepInterval.Low-tt.low) > 1e-12 || math.Abs(s.StepInterval.High-tt.high) > 1e-12):
				t.Errorf("interval %v, want %g to %g", s.StepInterval, tt.low, tt.high)
			}
			if got := s.stepRatio(); got != tt.shown {
				t.Errorf("shown as %q, want %q", got, tt.shown)
			}
		})
	}
}

// A contender in 16 bits is compared with the best peer of either precision.
func TestPeerOfEitherPrecision(t *testing.T) {
	half := &Contender{Precision: "mixed_bfloat16", Runs: rounds([]float64{1})}
	n := &Network{Batch: 1, Contenders: []*Contender{half,
		{Peer: "keras-tf", Precision: "float32", Runs: rounds([]float64{3})},
		{Peer: "pytorch", Precision: "mixed_bfloat16", Runs: rounds([]float64{4})}}}
	if got := n.summarise(half, nil).StepRatio; got != 3 {
		t.Errorf("ratio %g, want 3, of the peer in float32", got)
	}
}

// The CPU time of this process does not count as load by others, and the load is a
// share of all cores.
func TestLoad(t *testing.T) {
	l := WatchLoad()
	for own()-l.own < .05 { // takes a while on a busy machine
		if time.Since(l.begun) > time.Minute {
			t.Fatal("a minute of work took no CPU time")
		}
	}
	if others := l.Others(); others < 0 || others > 1 {
		t.Errorf("a load of %g by others, want 0 to 1", others)
	}
	if busy() <= 0 {
		t.Error("the system has never worked")
	}
}
