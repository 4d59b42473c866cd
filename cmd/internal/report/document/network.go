package document

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/tfmodels"
)

// notes describes what is unusual about a run.
func (r *Run) notes() []block {
	var all []block
	n, planned := len(r.History.Epochs), r.Config.Recipe.Epochs
	switch {
	case r.Config.Status == runfolder.Diverged:
		all = append(all, note{fmt.Sprintf("This run ended in NaN after %s of %d: its loss was no longer a finite number.", epochs(n), planned)})
	case r.Config.Status == runfolder.Interrupted:
		all = append(all, note{fmt.Sprintf("This run was interrupted after %s of %d.", epochs(n), planned)})
	case r.Config.Status == runfolder.Running:
		all = append(all, note{fmt.Sprintf("This run is not complete: %s of %d so far.", epochs(n), planned)})
	case n < planned:
		all = append(all, note{fmt.Sprintf("This run stopped early, after %s of %d.", epochs(n), planned)})
	}
	if r.disagreeing {
		all = append(all, note{"history.csv and history.json of this run have different numbers: one was changed after the run. The report shows those of history.json."})
	}
	if n == 1 {
		all = append(all, note{"This run has only one epoch: a point in the plots instead of a line."})
	}
	if n > 0 && !r.validated() {
		all = append(all, note{"This run was trained without validation."})
	}
	return all
}

// epochTable returns the history as a table.
func (r *Run) epochTable() block {
	if len(r.History.Epochs) == 0 {
		return note{r.Name + ": no epoch is complete."}
	}
	t := table{Caption: "Epochs of " + r.Name + ".", Head: []string{"epoch", "accuracy", "loss", "validation accuracy", "validation loss", "learning rate", "s training", "total s"}}
	for i, e := range r.History.Epochs {
		accuracy, loss := "-", "-"
		if e.Validation != nil {
			accuracy, loss = percent(e.Validation.Accuracy), number(e.Validation.Loss)
		}
		t.Rows = append(t.Rows, []string{strconv.Itoa(i + 1), percent(e.Training.Accuracy), number(e.Training.Loss), accuracy, loss,
			strconv.FormatFloat(e.LearningRate, 'g', 4, 64), report.Seconds(e.TrainDuration), report.Seconds(e.Duration)})
	}
	return t
}

func (r *Run) recipeTable() block {
	c := r.Config
	settings := []string{fmt.Sprintf("learning rate %g", c.Recipe.LearningRate)}
	for _, name := range slices.Sorted(maps.Keys(c.Recipe.Hyperparameters)) {
		settings = append(settings, fmt.Sprintf("%s %g", name, c.Recipe.Hyperparameters[name]))
	}
	if schedule := c.Recipe.Schedule; schedule != nil {
		settings[0] = "learning rate by " + schedule.Class
	}
	if c.Recipe.LabelSmoothing > 0 {
		settings = append(settings, fmt.Sprintf("label smoothing %g", c.Recipe.LabelSmoothing))
	}
	if c.Recipe.Decay > 0 {
		settings = append(settings, fmt.Sprintf("decay %g", c.Recipe.Decay))
	}
	d := c.Data
	rows := [][]string{
		{"optimizer", c.Recipe.Optimizer + ": " + strings.Join(settings, ", ")},
		{"batch size", strconv.Itoa(c.Recipe.BatchSize)},
		{"epochs", strconv.Itoa(c.Recipe.Epochs)},
		{"data", fmt.Sprintf("%s: %s training, %s validation (%s), %s test examples", r.dataName(),
			report.Count(d.Training), report.Count(d.Validation), validationSource(c.Recipe), report.Count(d.Test))},
		{"order", order(c.Recipe)},
		{"seed", fmt.Sprint(c.Seed)},
		{"precision, semantics", string(c.Precision) + ", " + string(c.Semantics)},
	}
	if !c.Recipe.Dropout {
		rows = append(rows, []string{"dropout", "switched off"})
	}
	if c.InitialWeights != "" {
		rows = append(rows, []string{"initial weights", c.InitialWeights})
	}
	rows = append(rows, []string{"to try the network", r.serveLine()})
	return table{Caption: "Recipe", Head: []string{"setting", "value"}, Rows: rows, Words: true}
}

// serveLine returns the command that serves the network, with a page to draw on.
func (r *Run) serveLine() string {
	if strings.ContainsAny(r.dir, " \t'\"$`\\*?&;()<>|#~") {
		return "tflab serve '" + strings.ReplaceAll(r.dir, "'", `'\''`) + "'"
	}
	return "tflab serve " + r.dir
}

func order(r settings.Recipe) string {
	switch {
	case r.Order != "":
		return "as " + r.Order + " has it"
	case r.Shuffle:
		return "shuffled anew in each epoch"
	}
	return "as the data set has it"
}

func validationSource(r settings.Recipe) string {
	switch r.Validation {
	case settings.LastExamples:
		return fmt.Sprintf("the last %g %% of the training set", 100*r.ValidationSplit)
	case settings.RandomExamples:
		return fmt.Sprintf("%g %% of the training set at random", 100*r.ValidationSplit)
	case settings.TestSet:
		return "the test set"
	}
	return "none"
}

func layerTable(rows []tfmodels.Row) block {
	t := table{Caption: "Layers", Head: []string{"layer", "output of one example", "parameters", "multiply-adds"}}
	parameters, multiplyAdds := 0, 0
	for _, l := range rows {
		parameters, multiplyAdds = parameters+l.Parameters, multiplyAdds+l.MultiplyAdds
		var sides []string
		for _, n := range l.OutputShape {
			sides = append(sides, strconv.Itoa(n))
		}
		t.Rows = append(t.Rows, []string{l.Name + " (" + l.Kind + ")", strings.Join(sides, " x "), report.Count(l.Parameters), report.Count(l.MultiplyAdds)})
	}
	t.Rows = append(t.Rows, []string{"all", "", report.Count(parameters), report.Count(multiplyAdds)})
	return t
}
