package comparison

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// Spread compares several runs of each side by mean and standard deviation. It is for
// runs that cannot be identical, because each program draws its own dropout masks.
type Spread struct {
	Title   string        `json:"title"`
	Verdict string        `json:"verdict"`
	Agree   bool          `json:"agree"` // all means agree within the spread
	Seeds   int           `json:"seeds"`
	Names   [2]string     `json:"names"`
	Epochs  []SpreadEpoch `json:"epochs"`
	Test    []Means       `json:"test,omitempty"`
	Sides   [2][]Cost     `json:"sides"` // one run of each side per seed
	Notes   []string      `json:"notes,omitempty"`
}

// SpreadEpoch holds the measurements of all runs for one epoch.
type SpreadEpoch struct {
	Epoch int     `json:"epoch"` // from 1
	Means []Means `json:"means"`
}

// Means compares one quantity over the runs of both sides.
type Means struct {
	Quantity string  `json:"quantity"`
	A        Moments `json:"a"`
	B        Moments `json:"b"`
	Within   bool    `json:"within"` // the means differ by no more than the sum of the deviations
}

// Moments are the mean and standard deviation of a sample.
type Moments struct {
	Mean      Number   `json:"mean"`
	Deviation Number   `json:"deviation"` // sample standard deviation, with n-1
	Values    []Number `json:"values"`
}

// CompareSeeds compares several runs of one side with as many of another. Means agree
// if their intervals, the mean plus and minus the standard deviation, overlap.
func CompareSeeds(title string, a, b []*Side) (*Spread, error) {
	if len(a) != len(b) || len(a) < 2 {
		return nil, fmt.Errorf("%d and %d runs: want two or more of each side, and as many of one as of the other", len(a), len(b))
	}
	s := &Spread{Title: title, Seeds: len(a), Names: [2]string{a[0].Name, b[0].Name}}
	for i, side := range [2][]*Side{a, b} {
		for _, run := range side {
			if run.history.epochs != a[0].history.epochs {
				return nil, fmt.Errorf("%s has %d epochs, and %s %d: want the same number in all runs", a[0].Dir, a[0].history.epochs, run.Dir, run.history.epochs)
			}
			s.Sides[i] = append(s.Sides[i], costOf(run))
		}
	}
	for epoch := range a[0].history.epochs {
		row := SpreadEpoch{Epoch: epoch + 1}
		for _, q := range quantities {
			row.Means = meet(row.Means, q, a, b, func(h history) (float64, bool) {
				values, ok := h.columns[q]
				if !ok {
					return 0, false
				}
				return values[epoch], true
			})
		}
		s.Epochs = append(s.Epochs, row)
	}
	for _, score := range []string{"loss", "accuracy"} {
		s.Test = meet(s.Test, "test_"+score, a, b, func(h history) (float64, bool) {
			v, ok := h.test[score]
			return v, ok
		})
	}
	if len(s.Epochs[0].Means) == 0 {
		return nil, errors.New("the runs have no column in common: want a loss or an accuracy in all")
	}
	s.judge()
	return s, nil
}

// meet appends the means of a quantity that all runs have.
func meet(all []Means, name string, a, b []*Side, value func(history) (float64, bool)) []Means {
	var samples [2][]float64
	for i, side := range [2][]*Side{a, b} {
		for _, run := range side {
			v, ok := value(run.history)
			if !ok {
				return all
			}
			samples[i] = append(samples[i], v)
		}
	}
	m := Means{Quantity: name, A: moments(samples[0]), B: moments(samples[1])}
	m.Within = math.Abs(float64(m.A.Mean-m.B.Mean)) <= float64(m.A.Deviation+m.B.Deviation)
	return append(all, m)
}

func moments(values []float64) Moments {
	var m Moments
	for _, v := range values {
		m.Values = append(m.Values, Number(v))
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	m.Mean, m.Deviation = Number(mean), Number(deviation)
	return m
}

// judge sets the verdict, which names the first quantity whose means do not agree.
func (s *Spread) judge() {
	for _, e := range append(s.Epochs, SpreadEpoch{Means: s.Test}) {
		for _, m := range e.Means {
			if m.Within {
				continue
			}
			where := fmt.Sprintf("at epoch %d", e.Epoch)
			if e.Epoch == 0 {
				where = "on the test set"
			}
			s.Verdict = fmt.Sprintf("they part %s: the mean %s of %d runs is %s with %s and %s with %s, farther apart than the spread",
				where, m.Quantity, s.Seeds, m.A, s.Names[0], m.B, s.Names[1])
			return
		}
	}
	s.Agree = true
	last := s.Epochs[len(s.Epochs)-1].Means
	m := last[len(last)-1]
	s.Verdict = fmt.Sprintf("the means of %d runs agree within the spread over %s: the last %s is %s with %s and %s with %s",
		s.Seeds, count(len(s.Epochs), "epoch"), m.Quantity, m.A, s.Names[0], m.B, s.Names[1])
}

// String formats the mean and the deviation.
func (m Moments) String() string {
	return fmt.Sprintf("%.4f ± %.4f", float64(m.Mean), float64(m.Deviation))
}
