package document

import (
	"fmt"

	"github.com/tflab/tflab/cmd/internal/report"
)

// gapTable lists the numbers that are relevant to generalization.
func gapTable(runs []*Run) table {
	t := table{Caption: "Validation" + seedCaption(runs) + ". The gap is that of the last epoch: training less validation accuracy in percentage points, validation less training loss.",
		Head: []string{"network", "best accuracy", "in epoch", "lowest loss", "in epoch", "epochs after it", "accuracy gap", "loss gap", "test accuracy"}}
	for _, r := range runs {
		if !r.validated() {
			t.Rows = append(t.Rows, []string{r.Name, "not validated", "", "", "", "", "", "", r.spread(testAccuracy, percent)})
			continue
		}
		accuracyAt, accuracy := bestEpoch(validationAccuracy)
		lossAt, loss := bestEpoch(negativeValidationLoss)
		after := func(r *Run) (float64, bool) {
			at, ok := lossAt(r)
			return float64(len(r.History.Epochs)) - at, ok
		}
		t.Rows = append(t.Rows, []string{r.Name, r.spread(accuracy, percent), r.spread(accuracyAt, short), r.spread(loss, number), r.spread(lossAt, short), r.spread(after, short),
			r.spread(accuracyGap, points), r.spread(lossGap, nats), r.spread(testAccuracy, percent)})
	}
	return t
}

func costTable(runs []*Run) table {
	t := table{Caption: "Time of an epoch: the median of all, validation included" + seedCaption(runs) + ".",
		Head: []string{"network", "s per epoch", "parameters", "multiply-adds per example", "training examples", "batch size"}}
	for _, r := range runs {
		t.Rows = append(t.Rows, []string{r.Name, r.spread(secondsPerEpoch, report.Seconds), report.Count(r.Config.Parameters),
			report.Count(r.Config.MultiplyAdds()), report.Count(r.Config.Data.Training), fmt.Sprint(r.Config.Recipe.BatchSize)})
	}
	return t
}
