package document

import (
	"fmt"
	"strings"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/tfmodels"
)

// answer collects the report's content for one question: blocks made from the runs of
// the networks that the question is about, and no others.
type answer struct {
	lab    *lab
	asked  asked
	runs   []*Run // in the order of the catalogue
	absent bool   // something that the answer needs was not run
	source bool   // the answer consists of code
	blocks []block
	err    error
}

// answerTo returns the section of one question.
func (l *lab) answerTo(q asked) (question, error) {
	a := &answer{lab: l, asked: q}
	for _, n := range tfmodels.Assigned() {
		if !n.Assignment.Asks(q.number) {
			continue
		}
		if r := l.run(n.Name()); r != nil {
			a.runs = append(a.runs, r)
			continue
		}
		a.lack(n.Name() + ": " + l.absent[n.Name()])
	}
	if q.show != nil {
		q.show(a)
	}
	section := question{Number: q.number, Points: q.points, Bonus: q.bonus, Asks: q.asks,
		Blocks: a.blocks, Discussed: q.discussed, State: a.state()}
	if a.err != nil {
		return section, fmt.Errorf("question %d: %w", q.number, a.err)
	}
	return section, nil
}

// The states of an answer.
const (
	measured  = "measured"
	discussed = "to be discussed"
	notRun    = "not run"
	unended   = "incomplete" // a run was interrupted or diverged
	codeShown = "code shown"
)

func (a *answer) state() string {
	ended := true
	for _, r := range a.runs {
		ended = ended && r.Config.Status == runfolder.Done
	}
	switch {
	case a.absent:
		return notRun
	case !ended && !a.source:
		return unended
	case a.asked.discussed:
		return discussed
	case a.source:
		return codeShown
	}
	return measured
}

func (a *answer) add(blocks ...block) { a.blocks = append(a.blocks, blocks...) }

// lack notes what was not run.
func (a *answer) lack(why string) {
	a.absent = true
	a.add(note{why})
}

// draw adds pictures, or references to pictures that the report already has.
func (a *answer) draw(prefix string, pictures ...Picture) {
	row, seen := a.lab.gallery.place(prefix, pictures)
	if len(row.All) > 0 {
		a.add(row)
	}
	for _, s := range seen {
		a.add(s)
	}
}

// each adds a list of facts: the first fact of every run, then the second, and so on.
func (a *answer) each(facts ...func(*Run) string) {
	var all factList
	for _, fact := range facts {
		for _, r := range a.runs {
			all.All = append(all.All, fact(r))
		}
	}
	if len(all.All) > 0 {
		a.add(all)
	}
}

// epochs shows the duration and the scores of each epoch.
func (a *answer) epochs() {
	for _, r := range a.runs {
		a.add(r.notes()...)
		a.add(r.epochTable())
	}
}

// histories draws the history of each network.
func (a *answer) histories() {
	for _, r := range a.runs {
		a.add(r.notes()...)
		a.draw(r.Name+"-", r.historyPicture())
	}
}

// generalization shows the gap between training and validation.
func (a *answer) generalization() {
	a.each((*Run).endFact, (*Run).gapFact)
	for _, r := range a.runs {
		a.draw(r.Name+"-", r.historyPicture(), r.gapPicture())
	}
}

// scores shows the test scores.
func (a *answer) scores() {
	if len(a.runs) > 0 {
		a.add(scoreTable(a.runs))
	}
}

// mistakes shows the network's most frequent and surest mistakes.
func (a *answer) mistakes() {
	a.each((*Run).testFact, (*Run).confusionFact)
	for _, r := range a.runs {
		pictures, err := r.mistakePictures()
		if err != nil {
			a.add(note{"The pictures of the mistakes are missing: " + err.Error() + "."})
			continue
		}
		a.draw(r.Name+"-", pictures...)
	}
}

// collapse shows that two linear layers compute the same as one.
func (a *answer) collapse() { a.each((*Run).collapseFact) }

// comparison compares networks.
func (a *answer) comparison() {
	if len(a.runs) == 0 {
		return
	}
	a.add(gapTable(a.runs))
	if v := verdicts(a.runs); v != nil {
		a.add(v)
	}
	a.each((*Run).gapFact)
	a.overlay()
}

// overlay draws the history of each network, then all networks in one picture.
func (a *answer) overlay() {
	var names []string
	for _, r := range a.runs {
		names = append(names, r.Name)
		a.draw(r.Name+"-", r.historyPicture())
	}
	if len(a.runs) > 1 {
		a.draw(strings.Join(names, "-and-")+"-", pair(strings.Join(names, " and "), a.runs)...)
	}
}

// dropout compares histories and durations.
func (a *answer) dropout() {
	a.comparison()
	a.each((*Run).costFact)
}

// generalizations refers to the table and the pictures of the preceding question.
func (a *answer) generalizations() {
	a.each((*Run).endFact, (*Run).testFact)
	a.overlay()
	a.add(reference{fmt.Sprintf("the table of Question %d", a.asked.number-1), fmt.Sprintf("question-%d", a.asked.number-1)})
}

// costs compares the duration of an epoch and the quantities that determine it.
func (a *answer) costs() {
	if len(a.runs) == 0 {
		return
	}
	a.add(costTable(a.runs))
	a.draw(fmt.Sprintf("question-%d-", a.asked.number), costPicture("Time and size", a.runs))
}

// scoreTable lists the test scores.
func scoreTable(runs []*Run) block {
	t := table{Caption: "Test set" + seedCaption(runs) + ".", Head: []string{"network", "test accuracy", "test loss", "test examples"}}
	for _, r := range runs {
		if r.History.Test != nil {
			t.Rows = append(t.Rows, []string{r.Name, r.spread(testAccuracy, percent), r.spread(testLoss, number), report.Count(r.Config.Data.Test)})
			continue
		}
		t.Rows = append(t.Rows, []string{r.Name, "no score, because " + r.whyUntested(), "", ""})
	}
	return t
}
