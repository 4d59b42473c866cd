package document

import (
	"fmt"

	"github.com/tflab/tflab/cmd/internal/report"
)

// gapTable has the figures that bear on generalization.
func gapTable(runs []*Run) table {
	t := table{Caption: "Validation. The gap is that of the last epoch: training less validation accuracy in percentage points, validation less training loss.",
		Head: []string{"network", "best accuracy", "in epoch", "lowest loss", "in epoch", "epochs after it", "accuracy gap", "loss gap", "test accuracy"}}
	for _, r := range runs {
		if !r.validated() {
			t.Rows = append(t.Rows, []string{r.Name, "not validated", "", "", "", "", "", "", r.testAccuracy()})
			continue
		}
		accuracy, loss := report.Gap(r.History)
		n := len(accuracy)
		row := []string{r.Name, "-", "-", "-", "-", "-", signed(accuracy[n-1], 2), signed(loss[n-1], 4), r.testAccuracy()}
		if at := r.best(validationAccuracy); at > 0 {
			row[1], row[2] = percent(r.History.Epochs[at-1].Validation.Accuracy), fmt.Sprint(at)
		}
		if at := r.best(negativeValidationLoss); at > 0 {
			row[3], row[4], row[5] = number(r.History.Epochs[at-1].Validation.Loss), fmt.Sprint(at), fmt.Sprint(n-at)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (r *Run) testAccuracy() string {
	if r.History.Test == nil {
		return "-"
	}
	return percent(r.History.Test.Accuracy)
}

func costTable(runs []*Run) table {
	t := table{Caption: "Time of an epoch: the median of all, validation included.",
		Head: []string{"network", "s per epoch", "parameters", "multiply-adds per example", "training examples", "batch size"}}
	for _, r := range runs {
		t.Rows = append(t.Rows, []string{r.Name, report.Seconds(report.SecondsPerEpoch(r.History)), report.Count(r.Config.Parameters),
			report.Count(r.Config.MultiplyAdds()), report.Count(r.Config.Data.Training), fmt.Sprint(r.Config.Recipe.BatchSize)})
	}
	return t
}
