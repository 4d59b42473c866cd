package document

import (
	"fmt"

	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs/optim"
)

// remarks are shown above the questions of a topic. They say where a recipe differs
// from the text of the assignment, or from its probable meaning.
func (l *lab) remarks(t topic) []block {
	introduced := l.introduced(t)
	var texts []string
	if len(introduced) > 0 && introduced[0] == l.runs[0] { // once, at the first topic with validation
		texts = append(texts, lastExamplesRemark(l.runs))
	}
	texts = append(texts, adadeltaRemark(introduced))
	var blocks []block
	for _, text := range texts {
		if text != "" {
			blocks = append(blocks, paragraph{text})
		}
	}
	return blocks
}

// introduced returns the runs of the networks that no earlier topic is about.
func (l *lab) introduced(t topic) []*Run {
	var runs []*Run
	for _, r := range l.runs {
		first, last := t.questions[0].number, t.questions[len(t.questions)-1].number
		if asked := r.questions(); len(asked) > 0 && asked[0] >= first && asked[0] <= last {
			runs = append(runs, r)
		}
	}
	return runs
}

// lastExamplesRemark is about the validation split, which is random in the assignment.
func lastExamplesRemark(runs []*Run) string {
	for _, r := range runs {
		if c := r.Config.Recipe; c.Validation == settings.LastExamples {
			return fmt.Sprintf("The assignment sets a random %g %% of the training set aside for validation. Keras's validation_split takes the last %[1]g %%, "+
				"and so do these runs; tflab train --validation-random takes random examples.", 100*c.ValidationSplit)
		}
	}
	return ""
}

// adadeltaRemark is about the learning rate of Adadelta, which Keras has changed since
// the assignment was written.
func adadeltaRemark(runs []*Run) string {
	for _, r := range runs {
		c := r.Config
		if c.Recipe.Optimizer != "adadelta" {
			continue
		}
		other, command := "Keras 2 has 1, with which the convolutional networks learn much faster", "tflab lab --semantics keras2 trains with the learning rate of Keras 2"
		if c.Semantics == optim.Keras2 {
			other, command = "Keras 3 and tf.keras have 0.001, with which the convolutional networks learn slowly and the perceptrons classify better", "tflab lab trains with the learning rate of Keras 3"
		}
		return fmt.Sprintf("The assignment leaves the learning rate of Adadelta to Keras, whose generations disagree: these runs used %g. %s. "+
			"The answers to Questions 10 to 15 depend on that; %s.", c.Recipe.LearningRate, other, command)
	}
	return ""
}
