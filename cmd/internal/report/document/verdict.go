package document

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// pairedTest is the result of Student's t-test for paired samples ("The probable error
// of a mean", 1908), which tests whether the mean of the differences b[i] - a[i] is 0.
type pairedTest struct {
	Pairs     int
	Mean      float64 // mean of the differences
	Low, High float64 // the 95 % confidence interval of the mean
	P         float64 // two-sided
}

// pairedTTest needs at least two pairs. If all differences are equal, their variance is
// 0, and P is 1 if they are 0, and 0 otherwise.
func pairedTTest(a, b []float64) pairedTest {
	differences := make([]float64, len(a))
	for i := range a {
		differences[i] = b[i] - a[i]
	}
	n := float64(len(a))
	mean, deviation := stat.MeanStdDev(differences, nil)
	t := pairedTest{Pairs: len(a), Mean: mean, Low: mean, High: mean}
	if deviation == 0 {
		if mean == 0 {
			t.P = 1
		}
		return t
	}
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}
	scale := deviation / math.Sqrt(n)
	half := student.Quantile(0.975) * scale
	t.Low, t.High = mean-half, mean+half
	t.P = 2 * student.Survival(math.Abs(mean)/scale)
	return t
}

// significance is the level below which a difference counts as more than the seeds'
// spread.
const significance = 0.05

// verdicts compares the last run with each of the others, seed by seed.
func verdicts(runs []*Run) block {
	if len(runs) < 2 || slices.ContainsFunc(runs, func(r *Run) bool { return len(r.others) == 0 }) {
		return nil
	}
	t := table{Words: true, Caption: "Paired t-test over the seeds: is the difference more than the seeds' spread? Differences are in percentage points, with 95 % confidence intervals.",
		Head: []string{"quantity", "difference", "seeds", "p", "verdict"}}
	last := runs[len(runs)-1]
	for _, first := range runs[:len(runs)-1] {
		for _, q := range []struct {
			name string
			of   func(*Run) (float64, bool)
			unit float64
		}{
			{"test accuracy", testAccuracy, 100},
			{"validation accuracy at the end", ofLast(validationAccuracyAtEnd), 100},
			{"accuracy gap at the end", accuracyGap, 1},
		} {
			a, b := paired(first, last, q.of)
			if len(a) < 2 {
				continue
			}
			test := pairedTTest(scaled(a, q.unit), scaled(b, q.unit))
			t.Rows = append(t.Rows, []string{fmt.Sprintf("%s, %s less %s", q.name, last.Name, first.Name),
				fmt.Sprintf("%+.2f (%+.2f to %+.2f)", test.Mean, test.Low, test.High), fmt.Sprint(test.Pairs), fmt.Sprintf("%.2g", test.P), test.verdict()})
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

func (t pairedTest) verdict() string {
	if t.P < significance {
		return "more than the seeds' spread"
	}
	return "within the seeds' spread"
}

// paired returns the values of the seeds with which both networks were trained.
func paired(first, second *Run, of func(*Run) (float64, bool)) (a, b []float64) {
	for _, x := range first.seeds() {
		for _, y := range second.seeds() {
			if x.Config.Seed != y.Config.Seed {
				continue
			}
			u, ok := of(x)
			if v, too := of(y); ok && too {
				a, b = append(a, u), append(b, v)
			}
		}
	}
	return a, b
}

func scaled(values []float64, unit float64) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		all[i] = unit * v
	}
	return all
}
