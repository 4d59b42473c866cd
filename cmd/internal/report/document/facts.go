package document

import (
	"fmt"
	"math"
	"strings"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
)

// The facts are sentences about measurements. Each names its network, and says if the
// network was not measured.

func (r *Run) testFact() string {
	t := r.History.Test
	if t == nil {
		return r.Name + ": no test score, because " + r.whyUntested() + "."
	}
	n := r.Config.Data.Test
	return fmt.Sprintf("%s: test accuracy %s and test loss %s over %s examples%s.", r.Name, r.spread(testAccuracy, percent), r.spread(testLoss, number), report.Count(n), r.seedNote())
}

func (r *Run) whyUntested() string {
	switch r.Config.Status {
	case runfolder.Interrupted:
		return "the run was interrupted"
	case runfolder.Diverged:
		return "the loss was no longer a finite number"
	case runfolder.Running:
		return "the run is not complete"
	}
	return "the run wrote none"
}

// endFact describes the last epoch's training and validation.
func (r *Run) endFact() string {
	n := len(r.History.Epochs)
	if n == 0 {
		return r.Name + ": no epoch is complete."
	}
	e := r.History.Epochs[n-1]
	text := fmt.Sprintf("%s after %s%s: training accuracy %s, loss %s", r.Name, epochs(n), r.seedNote(), r.spread(ofLast(trainingAccuracyAtEnd), percent), r.spread(ofLast(trainingLossAtEnd), number))
	if e.Validation == nil {
		return text + "; trained without validation."
	}
	return text + fmt.Sprintf("; validation accuracy %s, loss %s.", r.spread(ofLast(validationAccuracyAtEnd), percent), r.spread(ofLast(validationLossAtEnd), number))
}

// gapFact describes the gap between training and validation.
func (r *Run) gapFact() string {
	if !r.validated() {
		return r.endFact()
	}
	n := len(r.History.Epochs)
	name := r.Name
	if len(r.others) > 0 {
		name = fmt.Sprintf("%s, seed %d", r.Name, r.Config.Seed)
	}
	return fmt.Sprintf("%s: highest validation accuracy in %s, lowest validation loss in %s, of %s. %s "+
		"At the end, training less validation accuracy is %s percentage points, validation less training loss %s%s.",
		name, epoch(r.best(validationAccuracy)), epoch(r.best(negativeValidationLoss)), epochs(n), r.improvement(),
		r.spread(accuracyGap, points), r.spread(lossGap, nats), r.seedNote())
}

// improvement describes in which epoch validation stopped improving.
func (r *Run) improvement() string {
	n, last := len(r.History.Epochs), r.best(negativeValidationLoss)
	switch {
	case last == 0:
		return "The validation loss is never a finite number."
	case last == n:
		return "The validation loss was still at its lowest in the last epoch."
	}
	return fmt.Sprintf("The validation loss did not improve after %s.", epoch(last))
}

func validationAccuracy(e fit.Epoch) float64     { return e.Validation.Accuracy }
func negativeValidationLoss(e fit.Epoch) float64 { return -e.Validation.Loss }

func (r *Run) costFact() string {
	return fmt.Sprintf("%s: %s s per epoch (median of %s), %s parameters, %s multiply-adds per example.", r.Name,
		r.spread(secondsPerEpoch, report.Seconds), epochs(len(r.History.Epochs)), report.Count(r.Config.Parameters), report.Count(r.Config.MultiplyAdds()))
}

// confusionFact lists the most frequent mistakes.
func (r *Run) confusionFact() string {
	if r.Predictions == nil {
		return r.Name + ": no test predictions were kept."
	}
	const most = 3
	var shown []string
	taken := map[[2]int]bool{}
	for range most {
		at, n := [2]int{}, 0
		for i, row := range r.Predictions.Confusion {
			for j, count := range row {
				if i != j && count > n && !taken[[2]int{i, j}] {
					at, n = [2]int{i, j}, count
				}
			}
		}
		if n == 0 {
			break
		}
		taken[at] = true
		classes := r.Predictions.Classes
		shown = append(shown, fmt.Sprintf("%s taken for %s (%s times)", classes[at[0]], classes[at[1]], report.Count(n)))
	}
	if len(shown) == 0 {
		return r.Name + ": no mistake on the test set."
	}
	return fmt.Sprintf("%s: most frequent mistakes: %s.", r.Name, strings.Join(shown, ", "))
}

func (r *Run) collapseFact() string {
	c := r.Collapse
	if c == nil {
		return r.Name + ": its two layers have not been multiplied into one; tflab lab does so after training them."
	}
	return fmt.Sprintf("%s: its two layers, %s parameters, multiplied into one layer of %s parameters, give the same class for %s of %s test examples. "+
		"No logit differs by more than %.2g; the largest is %.3g. The sums were computed in float32.",
		r.Name, report.Count(r.Config.Parameters), report.Count(c.Parameters), report.Count(c.Agreeing), report.Count(c.Examples), c.Difference, c.Largest)
}

func percent(share float64) string {
	if math.IsNaN(share) {
		return "NaN"
	}
	return fmt.Sprintf("%.2f %%", 100*share)
}

func number(v float64) string { return fmt.Sprintf("%.4f", v) }

func points(v float64) string { return fmt.Sprintf("%+.2f", v) }

func nats(v float64) string { return fmt.Sprintf("%+.4f", v) }

func epoch(n int) string {
	if n == 0 {
		return "no epoch"
	}
	return fmt.Sprintf("epoch %d", n)
}

func epochs(n int) string {
	if n == 1 {
		return "1 epoch"
	}
	return fmt.Sprintf("%d epochs", n)
}
