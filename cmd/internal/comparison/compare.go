package comparison

import (
	"fmt"
	"math"
)

// Result is the comparison of two runs, of which A is the first.
type Result struct {
	Title       string       `json:"title"`
	Verdict     string       `json:"verdict"`
	Identical   bool         `json:"identical"` // within the tolerance
	Parting     *Parting     `json:"parting,omitempty"`
	Tolerance   Tolerance    `json:"tolerance"`
	Sides       [2]Cost      `json:"sides"`
	Epochs      []Epoch      `json:"epochs"`
	Test        []Difference `json:"test,omitempty"`
	Weights     []Layer      `json:"weights,omitempty"`
	Predictions *Predictions `json:"predictions,omitempty"`
	NotCompared []string     `json:"not_compared,omitempty"`
	Notes       []string     `json:"notes,omitempty"` // remarks of the caller, shown with the results

	a, b *Side
}

// Epoch holds the measurements of both sides for one epoch.
type Epoch struct {
	Epoch       int          `json:"epoch"` // from 1
	Differences []Difference `json:"differences"`
}

// Parting is the first number that differs by more than the tolerance.
type Parting struct {
	Epoch int `json:"epoch"` // from 1; 0 means the test set, after the last epoch
	Difference
}

// Compare compares everything that both runs have. Runs of different networks are an
// error.
func Compare(title string, a, b *Side, t Tolerance) (*Result, error) {
	if a.Network != "" && b.Network != "" && a.Network != b.Network {
		return nil, fmt.Errorf("%s is a run of %s, and %s a run of %s: want two runs of one network", a.Dir, a.Network, b.Dir, b.Network)
	}
	r := &Result{Title: title, Tolerance: t.orDefault(), Sides: [2]Cost{costOf(a), costOf(b)}, a: a, b: b}
	common := r.common()
	if len(common) == 0 {
		return nil, fmt.Errorf("%s and %s have no column in common: want a loss or an accuracy in both", a.Dir, b.Dir)
	}
	for i := range min(a.history.epochs, b.history.epochs) {
		epoch := Epoch{Epoch: i + 1}
		for _, q := range common {
			epoch.Differences = append(epoch.Differences, r.Tolerance.differ(q, a.history.columns[q][i], b.history.columns[q][i]))
		}
		r.Epochs = append(r.Epochs, epoch)
	}
	r.compareTest()
	r.compareWeights()
	r.comparePredictions()
	r.judge()
	return r, nil
}

// common returns the quantities that both histories have. It notes those that only one
// has.
func (r *Result) common() []string {
	var all []string
	for _, q := range quantities {
		_, inA := r.a.history.columns[q]
		_, inB := r.b.history.columns[q]
		if inA && inB {
			all = append(all, q)
			continue
		}
		r.lacks(q, inA, inB)
	}
	return all
}

// compareTest compares the scores on the test set, provided that the numbers of epochs
// are equal.
func (r *Result) compareTest() {
	if r.a.history.epochs != r.b.history.epochs {
		return
	}
	for _, score := range []string{"loss", "accuracy"} {
		a, inA := r.a.history.test[score]
		b, inB := r.b.history.test[score]
		name := "test_" + score
		if inA && inB {
			r.Test = append(r.Test, r.Tolerance.differ(name, a, b))
			continue
		}
		r.lacks(name, inA, inB)
	}
}

// lacks notes what is not compared because a side does not have it.
func (r *Result) lacks(what string, inA, inB bool) {
	switch {
	case !inA && !inB:
		r.NotCompared = append(r.NotCompared, what+": neither side has it")
	case !inA:
		r.NotCompared = append(r.NotCompared, what+": "+r.a.Name+" lacks it")
	default:
		r.NotCompared = append(r.NotCompared, what+": "+r.b.Name+" lacks it")
	}
}

// judge finds the first number that differs, and sets the verdict.
func (r *Result) judge() {
	for _, e := range r.Epochs {
		if r.part(e.Epoch, e.Differences) {
			return
		}
	}
	if a, b := r.a.history.epochs, r.b.history.epochs; a != b {
		r.Verdict = fmt.Sprintf("they part at epoch %d: %s has %s, %s has %d; up to there they are identical within the tolerance",
			min(a, b)+1, r.a.Name, count(a, "epoch"), r.b.Name, b)
		return
	}
	if r.part(0, r.Test) {
		return
	}
	largest := r.Largest()
	r.Identical = true
	r.Verdict = fmt.Sprintf("identical within the tolerance over %s: losses differ by at most %s of their size (tolerance %.2g), accuracies by at most %g in 1,000 examples (tolerance %g)",
		count(len(r.Epochs), "epoch"), Number(largest.Loss).small(), r.Tolerance.Loss, inThousand(largest.Accuracy), inThousand(r.Tolerance.Accuracy))
}

func (r *Result) part(epoch int, all []Difference) bool {
	for _, d := range all {
		if d.Within {
			continue
		}
		r.Parting = &Parting{epoch, d}
		where := fmt.Sprintf("at epoch %d", epoch)
		if epoch == 0 {
			where = "on the test set"
		}
		r.Verdict = fmt.Sprintf("they part %s: %s is %s with %s and %s with %s, %s", where, d.Quantity, d.A.measured(), r.a.Name, d.B.measured(), r.b.Name, r.Tolerance.excess(d))
		return true
	}
	return false
}

// excess describes by how much a difference exceeds the tolerance.
func (t Tolerance) excess(d Difference) string {
	if isLoss(d.Quantity) {
		return fmt.Sprintf("a relative difference of %s (tolerance %.2g)", d.Difference.small(), t.Loss)
	}
	return fmt.Sprintf("a difference of %g in 1,000 examples (tolerance %g)", inThousand(float64(d.Difference)), inThousand(t.Accuracy))
}

// inThousand returns a share as a count in 1,000 examples, without the rounding errors
// of float32.
func inThousand(share float64) float64 { return math.Round(1e6*share) / 1e3 }

// Largest returns the smallest tolerance within which all numbers of the epochs and of
// the test set are equal.
func (r *Result) Largest() Tolerance {
	var t Tolerance
	for _, e := range append([]Epoch{{Differences: r.Test}}, r.Epochs...) {
		for _, d := range e.Differences {
			largest := &t.Accuracy
			if isLoss(d.Quantity) {
				largest = &t.Loss
			}
			*largest = math.Max(*largest, float64(d.Difference))
		}
	}
	return t
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
