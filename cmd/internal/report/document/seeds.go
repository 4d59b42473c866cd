package document

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
)

// SeedFolder returns the folder, within a lab's, of the runs with a seed other than the
// lab's first.
func SeedFolder(seed int64) string { return fmt.Sprintf("seed-%d", seed) }

// openSeeds reads the runs of the network with other seeds, in the order of the seeds.
// It omits runs that are unreadable or incomplete; the section of their network
// describes them.
func (r *Run) openSeeds(dir string) {
	folders, _ := filepath.Glob(filepath.Join(dir, "seed-*", r.Name)) // the pattern is well-formed
	for _, folder := range folders {
		other, err := OpenRun(folder, r.Name)
		if err == nil && other.Config.Status == runfolder.Done && other.Config.Seed != r.Config.Seed && other.validated() == r.validated() {
			r.others = append(r.others, other)
		}
	}
	slices.SortFunc(r.others, func(a, b *Run) int { return int(a.Config.Seed - b.Config.Seed) })
}

// seeds returns the runs of the network, one per seed.
func (r *Run) seeds() []*Run { return append([]*Run{r}, r.others...) }

// over returns the values of a quantity for the seeds that have one.
func (r *Run) over(quantity func(*Run) (float64, bool)) []float64 {
	var values []float64
	for _, s := range r.seeds() {
		if v, ok := quantity(s); ok {
			values = append(values, v)
		}
	}
	return values
}

// spread formats the mean of a quantity over the seeds and, if there are several, its
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

// seedNote explains the numbers of a fact if there are several seeds.
func (r *Run) seedNote() string {
	if len(r.others) == 0 {
		return ""
	}
	return fmt.Sprintf(" (mean ± standard deviation over %d seeds)", len(r.others)+1)
}

// seedCaption explains the numbers of a table if there are several seeds.
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

// ofLast returns a quantity of the last epoch.
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

// accuracyGap returns the gap of the last epoch in percentage points.
func accuracyGap(r *Run) (float64, bool) {
	accuracy, _ := report.Gap(r.History)
	if len(accuracy) == 0 {
		return 0, false
	}
	return accuracy[len(accuracy)-1], true
}

// lossGap returns the gap of the last epoch in nats.
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

// bestEpoch returns two quantities: the number, from 1, of the epoch with the highest
// score, and that score.
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

// short formats a mean of whole numbers.
func short(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }
