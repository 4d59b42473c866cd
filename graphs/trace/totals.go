package trace

import (
	"cmp"
	"slices"
	"time"
)

// Total is the time of an operation, or of all operations of a type, over several
// steps.
type Total struct {
	Name  string // "" for all operations of the type
	Type  string
	Count int // executions in all steps
	Time  time.Duration
	Share float64 // share of the time of all operations, 0 to 1
}

// ByOperation sums the executions of each operation, in order of decreasing time.
func ByOperation(steps []Step) []Total {
	return totals(steps, func(o Operation) Total { return Total{Name: o.Name, Type: o.Type} })
}

// ByType sums the operations of each type, in order of decreasing time.
func ByType(steps []Step) []Total {
	return totals(steps, func(o Operation) Total { return Total{Type: o.Type} })
}

func totals(steps []Step, key func(Operation) Total) []Total {
	sums := map[Total]*Total{}
	var all time.Duration
	for _, s := range steps {
		for _, o := range s.Operations {
			k := key(o)
			if sums[k] == nil {
				sum := k
				sums[k] = &sum
			}
			sums[k].Count++
			sums[k].Time += o.Duration
			all += o.Duration
		}
	}
	sorted := make([]Total, 0, len(sums))
	for _, sum := range sums {
		if all > 0 {
			sum.Share = float64(sum.Time) / float64(all)
		}
		sorted = append(sorted, *sum)
	}
	slices.SortFunc(sorted, func(a, b Total) int {
		return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name))
	})
	return sorted
}
