package document

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/tflab/tflab/cmd/internal/report"
)

// Pictures draws all pictures of one run.
func (r *Run) Pictures() ([]Picture, error) {
	mistakes, err := r.mistakePictures()
	if err != nil {
		return nil, err
	}
	filters, err := r.filterPictures()
	if err != nil {
		return nil, err
	}
	return append(append([]Picture{r.historyPicture()}, mistakes...), filters...), nil
}

func (r *Run) historyPicture() Picture {
	return Picture{Picture: report.HistoryPlot(r.drawn()), Name: "history",
		Caption: "Accuracy and loss of " + r.Name + " over its epochs.", Alt: "Two line charts. " + r.endFact()}
}

func (r *Run) gapPicture() Picture {
	return Picture{Picture: report.GapPlot(r.Name+": gap between training and validation", []report.Run{r.drawn()}), Name: "gap",
		Caption: "How far the validation of " + r.Name + " stays behind its training. Below zero validation is ahead.",
		Alt:     "Two line charts. " + r.gapFact()}
}

// mistakePictures draws the confusion matrix and the surest mistakes. It returns none
// if the run has no test predictions.
func (r *Run) mistakePictures() ([]Picture, error) {
	p := r.Predictions
	if p == nil {
		return nil, nil
	}
	guesses, err := r.guesses()
	if err != nil {
		return nil, err
	}
	return []Picture{
		{Picture: report.ConfusionPlot(r.Name+", test set", p.Classes, p.Confusion), Name: "confusion",
			Caption: "Which class " + r.Name + " predicts for the images of each class of the test set.", Alt: "A confusion matrix. " + r.confusionFact()},
		{Picture: report.GuessGrid(r.Name+", its surest mistakes", guesses), Name: "mistakes",
			Caption: "The test images that " + r.Name + " misclassifies with the highest probability.",
			Alt:     fmt.Sprintf("%d images, each with its class and the class that %s predicts for it.", len(guesses), r.Name)},
	}, nil
}

// filterPictures draws the filters of the first layer, if it has any.
func (r *Run) filterPictures() ([]Picture, error) {
	if r.filters == nil {
		return nil, nil
	}
	picture, err := report.FilterGrid(r.Name+", filters of the first layer", [4]int(r.filters.Shape), r.filters.Float32())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name, err)
	}
	return []Picture{{Picture: picture, Name: "filters", Caption: "The filters of the first layer of " + r.Name + " after training."}}, nil
}

// Together draws several runs in common pictures of their validation, their gaps and
// their costs.
func Together(title string, runs []*Run) []Picture {
	return append(pair(title, runs), costPicture(title+": time and size", runs))
}

// pair draws the validation and the gaps of several runs.
func pair(title string, runs []*Run) []Picture {
	var drawn []report.Run
	for _, r := range runs {
		drawn = append(drawn, r.drawn())
	}
	return []Picture{
		{Picture: report.Overlay(title+": validation", drawn), Name: "validation",
			Caption: "Validation accuracy and loss over the epochs.", Alt: "Two line charts. " + facts(runs, (*Run).endFact)},
		{Picture: report.GapPlot(title+": gap between training and validation", drawn), Name: "gap",
			Caption: "How far validation stays behind training. Below zero validation is ahead.", Alt: "Two line charts. " + facts(runs, (*Run).gapFact)},
	}
}

func costPicture(title string, runs []*Run) Picture {
	var costs []report.Cost
	for _, r := range runs {
		costs = append(costs, report.Cost{Name: r.Name, Network: r.Config.Network, History: r.History,
			Parameters: r.Config.Parameters, MultiplyAdds: r.Config.MultiplyAdds()})
	}
	return Picture{Picture: report.CostPlot(title, costs), Name: "cost",
		Caption: "Time of an epoch, parameters, and multiply-adds of one example's forward pass.", Alt: "Three bar charts. " + facts(runs, (*Run).costFact)}
}

// facts joins one fact of each run.
func facts(runs []*Run, fact func(*Run) string) string {
	var all []string
	for _, r := range runs {
		all = append(all, fact(r))
	}
	return strings.Join(all, " ")
}

// gallery numbers the figures of a report and ensures that each appears once.
type gallery struct {
	figures []*figure
	seen    map[string]*figure // by file name
}

// place turns pictures into figures whose file names start with the prefix. For
// pictures that the report already has it returns references.
func (g *gallery) place(prefix string, pictures []Picture) (row figures, seen []reference) {
	for _, p := range pictures {
		file := PicturesFolder + "/" + prefix + p.Name + ".png"
		if f := g.seen[file]; f != nil {
			seen = append(seen, reference{fmt.Sprintf("Figure %d: %s", f.Number, f.Caption), f.ID()})
			continue
		}
		width, _ := p.Size()
		row.All = append(row.All, g.add(&figure{File: file, Caption: p.Caption, Alt: p.Alt, Width: width, picture: p.Picture}))
	}
	return row, seen
}

// add assigns a number to a figure.
func (g *gallery) add(f *figure) *figure {
	if g.seen == nil {
		g.seen = map[string]*figure{}
	}
	f.Alt = cmp.Or(f.Alt, f.Caption)
	g.figures, g.seen[f.File] = append(g.figures, f), f
	f.Number = len(g.figures)
	return f
}

// encode draws the figures for which the runs have no files.
func (g *gallery) encode() error {
	for _, f := range g.figures {
		if f.PNG != nil {
			continue
		}
		var data bytes.Buffer
		if err := f.picture.Encode(&data, "png"); err != nil {
			return fmt.Errorf("%s: %w", f.File, err)
		}
		f.PNG = data.Bytes()
	}
	return nil
}
