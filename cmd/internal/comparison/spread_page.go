package comparison

import "fmt"

func (s *Spread) page() page {
	t := table{Heading: "Losses and accuracies", Head: []string{"epoch", "", s.Names[0], s.Names[1], "difference", "spread"},
		Caption: fmt.Sprintf("Mean ± standard deviation of %d runs each; the spread is the sum of the two deviations.", s.Seeds)}
	add := func(name string, all []Means) {
		for _, m := range all {
			difference := fmt.Sprintf("%.4f", float64(m.B.Mean-m.A.Mean))
			if !m.Within {
				difference += " (beyond)"
			}
			t.Rows = append(t.Rows, []string{name, m.Quantity, m.A.String(), m.B.String(), difference, fmt.Sprintf("%.4f", float64(m.A.Deviation+m.B.Deviation))})
			name = ""
		}
	}
	for _, e := range s.Epochs {
		add(fmt.Sprint(e.Epoch), e.Means)
	}
	add("test", s.Test)
	p := page{Title: s.Title, Verdict: sentence(s.Verdict), Same: s.Agree, Notes: s.Notes, Tables: []table{t}}
	p.Pictures = append(s.pictured("Mean of training", "training.png", "accuracy", "loss"),
		s.pictured("Mean of validation", "validation.png", "val_accuracy", "val_loss")...)
	if t, any := costTable([2]Cost{s.Sides[0][0], s.Sides[1][0]}); any {
		t.Heading += " of the first run"
		p.Tables = append(p.Tables, t)
	}
	return p
}

// pictured draws the means for one part of the examples.
func (s *Spread) pictured(of, file, accuracy, loss string) []*picture {
	var sides [2]Side
	for i, name := range s.Names {
		sides[i] = Side{Name: name, history: history{columns: map[string][]float64{}}}
	}
	for _, e := range s.Epochs {
		for _, m := range e.Means {
			for i, moments := range [2]Moments{m.A, m.B} {
				columns := sides[i].history.columns
				columns[m.Quantity] = append(columns[m.Quantity], float64(moments.Mean))
			}
		}
	}
	return pictured(of, file, accuracy, loss, &sides[0], &sides[1])
}
