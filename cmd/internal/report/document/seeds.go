package document

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
)

// SeedFolder is the folder, within a lab's, of the runs with another seed than the
// lab's first.
func SeedFolder(seed int64) string { return fmt.Sprintf("seed-%d", seed) }

// openSeeds reads the runs of the network with other seeds, in the order of the
// seeds. A run that cannot be read, or has not come to its end, is left out: what is
// said of it stands in the sections of its own network.
func (r *Run) openSeeds(dir string) {
	folders, _ := filepath.Glob(filepath.Join(dir, "seed-*", r.Name)) // the pattern is well formed
	for _, folder := range folders {
		other, err := OpenRun(folder, r.Name)
		if err == nil && other.Config.Status == runfolder.Done && other.Config.Seed != r.Config.Seed && other.validated() == r.validated() {
			r.others = append(r.others, other)
		}
	}
	slices.SortFunc(r.others, func(a, b *Run) int { return int(a.Config.Seed - b.Config.Seed) })
}

// seeds are the runs of the network, one for each seed.
func (r *Run) seeds() []*Run { return append([]*Run{r}, r.others...) }

// over is a quantity of each seed's run that has it.
func (r *Run) over(quantity func(*Run) (float64, bool)) []float64 {
	var values []float64
	for _, s := range r.seeds() {
		if v, ok := quantity(s); ok {
			values = append(values, v)
		}
	}
	return values
}

// spread writes a quantity over the seeds: its mean and, of several seeds, its
// standard deviation.
func (r *Run) spread(quantity func(*Run) (float64, bool), write func(float64) string) string {
	values := r.over(quantity)
	switch len(values) {
	case 0:
		return "-"
	case 1:
		return write(values[0])
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	return write(mean) + " ± " + strings.TrimPrefix(write(deviation), "+")
}

// seedNote says, behind a fact, what its numbers are.
func (r *Run) seedNote() string {
	if len(r.others) == 0 {
		return ""
	}
	return fmt.Sprintf(" (mean ± standard deviation over %d seeds)", len(r.others)+1)
}

// seedCaption says in a table's caption what its numbers are.
func seedCaption(runs []*Run) string {
	if i := slices.IndexFunc(runs, func(r *Run) bool { return len(r.others) > 0 }); i >= 0 {
		return runs[i].seedNote()
	}
	return ""
}

func testAccuracy(r *Run) (float64, bool) {
	if r.History.Test == nil {
		return 0, false
	}
	return r.History.Test.Accuracy, true
}

func testLoss(r *Run) (float64, bool) {
	if r.History.Test == nil {
		return 0, false
	}
	return r.History.Test.Loss, true
}

// ofLast makes a quantity of the last epoch.
func ofLast(quantity func(fit.Epoch) (float64, bool)) func(*Run) (float64, bool) {
	return func(r *Run) (float64, bool) {
		if len(r.History.Epochs) == 0 {
			return 0, false
		}
		return quantity(r.History.Epochs[len(r.History.Epochs)-1])
	}
}

func trainingAccuracyAtEnd(e fit.Epoch) (float64, bool) { return e.Training.Accuracy, true }
func trainingLossAtEnd(e fit.Epoch) (float64, bool)     { return e.Training.Loss, true }

func validationAccuracyAtEnd(e fit.Epoch) (float64, bool) {
	if e.Validation == nil {
		return 0, false
	}
	return e.Validation.Accuracy, true
}

func validationLossAtEnd(e fit.Epoch) (float64, bool) {
	if e.Validation == nil {
		return 0, false
	}
	return e.Validation.Loss, true
}

// accuracyGap is that of the last epoch, in percentage points.
func accuracyGap(r *Run) (float64, bool) {
	accuracy, _ := report.Gap(r.History)
	if len(accuracy) == 0 {
		return 0, false
	}
	return accuracy[len(accuracy)-1], true
}

// lossGap is that of the last epoch, in nats.
func lossGap(r *Run) (float64, bool) {
	_, loss := report.Gap(r.History)
	if len(loss) == 0 {
		return 0, false
	}
	return loss[len(loss)-1], true
}

func secondsPerEpoch(r *Run) (float64, bool) {
	s := report.SecondsPerEpoch(r.History)
	return s, !math.IsNaN(s)
}

// bestEpoch is the number, from 1, of the epoch for which score is greatest, and
// worth what that epoch is worth.
func bestEpoch(score func(fit.Epoch) float64) (number, worth func(*Run) (float64, bool)) {
	number = func(r *Run) (float64, bool) {
		at := r.best(score)
		return float64(at), at > 0
	}
	worth = func(r *Run) (float64, bool) {
		at := r.best(score)
		if at == 0 {
			return 0, false
		}
		return math.Abs(score(r.History.Epochs[at-1])), true
	}
	return number, worth
}

// short writes a mean of whole numbers.
func short(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }

// pairedTest is Student's t-test of paired samples ("The probable error of a mean",
// 1908): whether the mean of the differences b[i] - a[i] is another than 0.
type pairedTest struct {
	Pairs     int
	Mean      float64 // of the differences
	Low, High float64 // the 95 % confidence interval of the mean
	P         float64 // two-sided
}

// pairedTTest wants at least two pairs. Differences that are all the same have a
// variance of 0: then P is 0, or 1 where they are 0.
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

// significance is the level below which a difference counts as more than the
// seeds' spread.
const significance = 0.05

// verdicts compare the last of the runs with each other one, seed by seed.
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

// paired are the values of the seeds that both networks were trained with.
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
