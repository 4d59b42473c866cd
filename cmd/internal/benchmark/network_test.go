package benchmark

import (
	"math"
	"testing"
)

// run takes a second to start. Its first epoch must be ignored.
func run(total, peak float64, steps ...float64) *Run {
	return &Run{Steps: append([]float64{100}, steps...), Startup: 1, Total: total, Peak: peak}
}

// measured returns three rounds. One of Keras's settings skipped a round.
func measured() *Network {
	return &Network{Name: "net", Batch: 10, Examples: 95, Epochs: 3, MultiplyAdds: 1000, StepWork: 3000, Contenders: []*Contender{
		{Name: "Keras", Peer: "keras-tf", Precision: "float32", Runs: []*Run{run(20, 300, 8), run(40, 300, 16), run(30, 300, 9)}},
		{Name: "Keras, XLA", Peer: "keras-tf", Precision: "float32", Flags: []string{"--xla"}, Runs: []*Run{run(60, 200, 4), nil, run(70, 400, 30)}},
		{Name: Resident, Precision: "float32", Runs: []*Run{run(10, 100, 2), run(10, 100, 2, 4, 6), run(10, 100, 5)}},
		{Name: Streaming, Precision: "float32", Runs: []*Run{run(10, 100, 2.5), run(10, 100, 5), run(10, 100, 5)}},
	}}
}

func TestSummary(t *testing.T) {
	n := measured()
	rates := []Rate{{"mixed_bfloat16", 1}, {"float32", 60_000}}
	for _, tt := range []struct {
		name string
		want Summary
	}{
		// By round: 4/8, 16/16, 9/9; 20/20, 40/40, 30/30; 200/300, 300/300, 300/300.
		{"Keras", Summary{BestStep: 8, Step: 9, StepRatio: 1, Total: 30, TotalRatio: 1, Startup: 1, StartupRatio: 1, Peak: 300, PeakRatio: 1, Share: 6e4 / 9 / 6e4}},
		// 4/4, 9/30; 20/60, 30/70; 200/200, 300/400.
		{"Keras, XLA", Summary{BestStep: 4, Step: 17, StepRatio: .65, Total: 65, TotalRatio: (20./60 + 30./70) / 2, Startup: 1, StartupRatio: 1, Peak: 300, PeakRatio: .875, Share: 1. / 17}},
		// 4/2, 16/4, 9/5; 20/10, 40/10, 30/10; 200/100, 300/100, 300/100.
		{Resident, Summary{BestStep: 2, Step: 4, StepRatio: 2, Total: 10, TotalRatio: 3, Startup: 1, StartupRatio: 1, Peak: 100, PeakRatio: 3, Share: 1. / 4}},
	} {
		got := n.summarise(n.Find(tt.name), rates)
		for _, q := range []struct {
			name      string
			got, want float64
		}{
			{"best step", got.BestStep, tt.want.BestStep}, {"step", got.Step, tt.want.Step}, {"step ratio", got.StepRatio, tt.want.StepRatio},
			{"total", got.Total, tt.want.Total}, {"total ratio", got.TotalRatio, tt.want.TotalRatio},
			{"startup", got.Startup, tt.want.Startup}, {"startup ratio", got.StartupRatio, tt.want.StartupRatio},
			{"peak", got.Peak, tt.want.Peak}, {"peak ratio", got.PeakRatio, tt.want.PeakRatio}, {"share", got.Share, tt.want.Share},
		} {
			if math.Abs(q.got-q.want) > 1e-12 {
				t.Errorf("%s: %s %g, want %g", tt.name, q.name, q.got, q.want)
			}
		}
	}
	if got, want := n.Steps(), 10; got != want {
		t.Errorf("%d steps of 10 for 95 examples, want %d", got, want)
	}
}

// The input of the first layer that multiplies is the images.
func TestStepWork(t *testing.T) {
	for _, tt := range []struct {
		layers []int
		want   int
	}{
		{nil, 0},
		{[]int{0, 0}, 0},
		{[]int{0, 100}, 200},
		{[]int{0, 100, 0, 10}, 230},
		{[]int{7, 5, 3}, 38},
	} {
		if got := StepWork(tt.layers); got != tt.want {
			t.Errorf("StepWork(%v) = %d, want %d", tt.layers, got, tt.want)
		}
	}
}

// There is no ratio without Keras, no share without a rate, and no summary without a
// run.
func TestSummaryOfTFLabAlone(t *testing.T) {
	n := measured()
	n.Contenders = n.Contenders[2:]
	if s := n.summarise(n.Contenders[0], nil); s.Step != 4 || s.StepRatio != 0 || s.TotalRatio != 0 || s.PeakRatio != 0 || s.Share != 0 {
		t.Errorf("got %+v, want a step of 4 and neither ratios nor a share", s)
	}
	if s := n.summarise(&Contender{Runs: []*Run{nil}}, nil); s != nil {
		t.Errorf("a contender without a run: got %+v, want nil", s)
	}
	if got, want := relative(n.Find(Streaming), n.Find(Resident), step), .8; got != want { // 2/2.5, 4/5, 5/5
		t.Errorf("streaming at %g of the resident speed, want %g", got, want)
	}
}

func TestHopeless(t *testing.T) {
	slow, slowStep := []*Run{run(41, 1, 17)}, []*Run{run(40, 1, 17)}
	best := &Contender{Peer: "keras-tf", Flags: []string{"--best"}, Runs: []*Run{run(20, 1, 8)}}
	for _, tt := range []struct {
		name string
		c    *Contender
		want bool
	}{
		{"slow in both", &Contender{Peer: "keras-tf", Flags: []string{"--slow"}, Runs: slow}, true},
		{"slow in a step only", &Contender{Peer: "keras-tf", Flags: []string{"--slow"}, Runs: slowStep}, false},
		{"Keras as it is", &Contender{Peer: "keras-tf", Runs: slow}, false},
		{"tflab", &Contender{Flags: []string{"--slow"}, Runs: slow}, false},
		{"failed", &Contender{Peer: "keras-tf", Flags: []string{"--slow"}, Runs: []*Run{nil}}, false},
		{"the best", best, false},
	} {
		n := &Network{Contenders: []*Contender{best, tt.c}}
		if got := n.Hopeless(tt.c, 0); got != tt.want {
			t.Errorf("%s: hopeless %t, want %t", tt.name, got, tt.want)
		}
	}
}
