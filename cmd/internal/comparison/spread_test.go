package comparison

import (
	"math"
	"strings"
	"testing"
)

// seeds returns runs with the same first epoch and the given final losses.
func seeds(t *testing.T, name string, losses ...float64) []*Side {
	var all []*Side
	for _, loss := range losses {
		all = append(all, with(map[string]any{"loss": []float64{1.5, loss}}).open(t, name))
	}
	return all
}

func TestSpread(t *testing.T) {
	// Both deviations are 0.1, so means may differ by 0.2.
	tests := []struct {
		name  string
		b     []float64
		agree bool
	}{
		{"the same", []float64{0.4, 0.5, 0.6}, true},
		{"within", []float64{0.59, 0.69, 0.79}, true},
		{"beyond", []float64{0.61, 0.71, 0.81}, false},
		{"below", []float64{0.19, 0.29, 0.39}, false},
		{"no number", []float64{0.4, 0.5, math.Inf(1)}, false},
	}
	for _, tt := range tests {
		a, b := seeds(t, "Keras", 0.4, 0.5, 0.6), seeds(t, "tflab", 0.5, 0.5, 0.5)
		for i, s := range b {
			s.history.columns["loss"][1] = tt.b[i]
		}
		s, err := CompareSeeds("title", a, b)
		if err != nil {
			t.Fatal(err)
		}
		if s.Agree != tt.agree {
			t.Errorf("%s: agree is %t, want %t: %s", tt.name, s.Agree, tt.agree, s.Verdict)
		}
		if !tt.agree && !strings.HasPrefix(s.Verdict, "they part at epoch 2: the mean loss of 3 runs is 0.5000 ± 0.1000 with Keras") {
			t.Errorf("%s: got %q", tt.name, s.Verdict)
		}
		m := s.Epochs[1].Means[0]
		if math.Abs(float64(m.A.Mean)-0.5) > 1e-12 || math.Abs(float64(m.A.Deviation)-0.1) > 1e-12 {
			t.Errorf("mean and deviation of 0.4, 0.5, 0.6 are %v and %v", m.A.Mean, m.A.Deviation)
		}
	}
}

func TestCompareSeedsRefuses(t *testing.T) {
	two, three := seeds(t, "Keras", 1, 2), seeds(t, "tflab", 1, 2, 3)
	short := append(seeds(t, "tflab", 1), changed(func(r *run) { r.history = `{"loss": [1]}` }).open(t, "tflab"))
	other := append(seeds(t, "tflab", 1), changed(func(r *run) { r.history = `{"val_loss": [1, 2]}`; r.csv = "" }).open(t, "tflab"))
	for _, tt := range []struct {
		a, b []*Side
		want string
	}{
		{two, three, "2 and 3 runs"},
		{two[:1], three[:1], "want two or more"},
		{two, short, "has 2 epochs"},
	} {
		if _, err := CompareSeeds("", tt.a, tt.b); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
	s, err := CompareSeeds("", two, other)
	if err != nil || len(s.Epochs[0].Means) != 1 || s.Epochs[0].Means[0].Quantity != "val_loss" {
		t.Errorf("one column in common: %v, %v", s, err)
	}
}
