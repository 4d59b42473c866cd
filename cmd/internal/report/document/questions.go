package document

import "github.com/tflab/tflab/tfmodels"

// asked is a question for discussion, with the networks it is about and the
// kinds of facts that bear on it.
type asked struct {
	number   string
	networks []string // none: all
	facts    []func(*Run) string
}

func discussion() []asked {
	const linear, relu, cnn, dropout, cifar = "mnist-mlp-linear", "mnist-mlp-relu", "mnist-cnn", "mnist-cnn-dropout", "cifar10-cnn"
	return []asked{
		{"1", []string{linear}, []func(*Run) string{(*Run).dataFact}},
		{"4", []string{linear}, []func(*Run) string{(*Run).endFact, (*Run).gapFact}},
		{"6", []string{linear}, []func(*Run) string{(*Run).testFact, (*Run).endFact, (*Run).confusionFact}},
		{"7", []string{linear}, []func(*Run) string{(*Run).collapseFact}},
		{"9", []string{linear, relu}, []func(*Run) string{(*Run).testFact, (*Run).gapFact}},
		{"11", []string{linear, relu, cnn}, []func(*Run) string{(*Run).testFact, (*Run).gapFact}},
		{"13", []string{linear, relu, cnn}, []func(*Run) string{(*Run).testFact, (*Run).confusionFact}},
		{"15", []string{cnn, dropout}, []func(*Run) string{(*Run).testFact, (*Run).gapFact}},
		{"18", []string{cifar}, []func(*Run) string{(*Run).testFact, (*Run).gapFact, (*Run).confusionFact}},
		{"19", nil, []func(*Run) string{(*Run).costFact}},
	}
}

// questions have what was measured and a place for the reader's own words.
func (l *lab) questions() []block {
	blocks := []block{
		heading{2, "questions", "Questions for discussion", ""},
		paragraph{"Each has what was measured that bears on it, and a place for your own words. Plots and tables stand above."},
	}
	for _, a := range discussion() {
		names := a.networks
		if names == nil {
			for _, n := range tfmodels.Catalogue() {
				names = append(names, n.Name())
			}
		}
		q := question{Number: a.number}
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
