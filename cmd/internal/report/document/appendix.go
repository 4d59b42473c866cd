package document

import (
	"fmt"

	"github.com/tflab/tflab/tfmodels"
)

// appendix shows for each network what no question asks for: its recipe, its layers,
// every epoch, and the remaining pictures.
func (l *lab) appendix() []block {
	blocks := []block{heading{2, "networks", "Appendix: the networks"}}
	for _, n := range tfmodels.Assigned() {
		blocks = append(blocks, heading{3, n.Name(), n.Name()})
		r := l.run(n.Name())
		if r == nil {
			blocks = append(blocks, note{"Not part of this report: " + l.absent[n.Name()]})
			continue
		}
		blocks = append(blocks, l.network(r)...)
	}
	blocks = append(blocks, heading{3, "all-networks", "All networks"})
	if len(l.runs) < 2 {
		return append(blocks, note{fmt.Sprintf("There is nothing to compare: the number of trained networks is %d.", len(l.runs))})
	}
	row, _ := l.gallery.place("all-", Together("All networks", l.runs))
	return append(blocks, gapTable(l.runs), costTable(l.runs), row)
}

// network returns the section of one run.
func (l *lab) network(r *Run) []block {
	blocks := append(r.notes(), paragraph{r.testFact()}, r.recipeTable(), layerTable(r.Config.Layers))
	blocks = append(blocks, r.epochTable())
	pictures, err := r.Pictures()
	if err != nil {
		return append(blocks, note{"Pictures of this run are missing: " + err.Error() + "."})
	}
	row, seen := l.gallery.place(r.Name+"-", pictures)
	if len(row.All) > 0 {
		blocks = append(blocks, row)
	}
	for _, s := range seen {
		blocks = append(blocks, s)
	}
	return blocks
}
