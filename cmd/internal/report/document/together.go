package document

import (
	"fmt"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/tfmodels"
)

// together is the networks side by side.
func (l *lab) together() ([]block, error) {
	blocks := []block{heading{2, "side-by-side", "Side by side", ""}}
	if len(l.runs) < 2 {
		blocks = append(blocks, note{fmt.Sprintf("There is nothing to compare: %d of the networks was trained.", len(l.runs))})
	}
	if len(l.runs) == 0 {
		return blocks, nil
	}
	row, err := drawn("all-", Together("All networks", l.runs))
	if err != nil {
		return nil, err
	}
	var mnist []*Run
	for _, r := range l.runs {
		if exercise(r.Config.Network) == 1 {
			mnist = append(mnist, r)
		}
	}
	if len(mnist) > 1 && len(mnist) < len(l.runs) { // CIFAR-10's scale would flatten the differences
		two, err := drawn("mnist-", Together("MNIST", mnist)[:2])
		if err != nil {
			return nil, err
		}
		row.All = append(two.All, row.All...)
	}
	last := len(row.All) - 1
	blocks = append(blocks,
		heading{3, "validation", "Validation and generalization", "4, 9, 11, 14, 15, 18"},
		figures{row.All[:last]}, l.gapTable(),
		heading{3, "cost", "Time and size", "14, 19"},
		figures{row.All[last:]}, l.costTable())
	return blocks, nil
}

// exercise is the exercise that a network belongs to, 0 for none.
func exercise(network string) int {
	n, _ := tfmodels.Lookup(network) // none: the zero Network
	return n.Assignment.Exercise
}

// gapTable has the figures that bear on generalization.
func (l *lab) gapTable() table {
	t := table{Caption: "Validation. The gap is that of the last epoch: training less validation accuracy in percentage points, validation less training loss.",
		Head: []string{"network", "best accuracy", "in epoch", "lowest loss", "in epoch", "epochs after it", "accuracy gap", "loss gap"}}
	for _, r := range l.runs {
		if !r.validated() {
			t.Rows = append(t.Rows, []string{r.Name, "not validated", "", "", "", "", "", ""})
			continue
		}
		accuracy, loss := report.Gap(r.History)
		n := len(accuracy)
		row := []string{r.Name, "-", "-", "-", "-", "-", signed(accuracy[n-1], 2), signed(loss[n-1], 4)}
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

func (l *lab) costTable() table {
	t := table{Caption: "Time of an epoch: the median of all, validation included.",
		Head: []string{"network", "s per epoch", "parameters", "multiply-adds per example", "training examples", "batch size"}}
	for _, r := range l.runs {
		t.Rows = append(t.Rows, []string{r.Name, report.Seconds(report.SecondsPerEpoch(r.History)), report.Count(r.Config.Parameters),
			report.Count(r.Config.MultiplyAdds()), report.Count(r.Config.Data.Training), fmt.Sprint(r.Config.Recipe.BatchSize)})
	}
	return t
}
