package document

import (
	"strconv"

	"github.com/tflab/tflab/tfmodels"
)

// asked is a question for discussion, with the kinds of facts that bear on it. The
// catalogue says which networks it is about.
type asked struct {
	number int
	facts  []func(*Run) string
}

func discussion() []asked {
	return []asked{
		{1, []func(*Run) string{(*Run).dataFact}},
		{4, []func(*Run) string{(*Run).endFact, (*Run).gapFact}},
		{6, []func(*Run) string{(*Run).testFact, (*Run).endFact, (*Run).confusionFact}},
		{7, []func(*Run) string{(*Run).collapseFact}},
		{9, []func(*Run) string{(*Run).testFact, (*Run).gapFact}},
		{11, []func(*Run) string{(*Run).testFact, (*Run).gapFact}},
		{13, []func(*Run) string{(*Run).testFact, (*Run).confusionFact}},
		{15, []func(*Run) string{(*Run).testFact, (*Run).gapFact}},
		{18, []func(*Run) string{(*Run).testFact, (*Run).gapFact, (*Run).confusionFact}},
		{19, []func(*Run) string{(*Run).costFact}},
	}
}

// questions have what was measured and a place for the reader's own words.
func (l *lab) questions() []block {
	blocks := []block{
		heading{2, "questions", "Questions for discussion", ""},
		paragraph{"Each has what was measured that bears on it, and a place for your own words. Plots and tables stand above."},
	}
	for _, a := range discussion() {
		var names []string
		for _, n := range tfmodels.Assigned() {
			if n.Assignment.Asks(a.number) {
				names = append(names, n.Name())
			}
		}
		q := question{Number: strconv.Itoa(a.number)}
		for _, fact := range a.facts {
			for _, name := range names {
				if r := l.run(name); r != nil {
					q.Facts = append(q.Facts, fact(r))
				}
			}
		}
		for _, name := range names {
			if l.run(name) == nil {
				q.Facts = append(q.Facts, name+": nothing was measured.")
			}
		}
		blocks = append(blocks, q)
	}
	return blocks
}
