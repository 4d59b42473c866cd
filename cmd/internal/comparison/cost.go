package comparison

import (
	"math"
	"slices"
)

// Cost is what one side took. Zero is what was not measured.
type Cost struct {
	Name    string   `json:"name"`
	Dir     string   `json:"dir"`
	Epochs  []Number `json:"epoch_seconds,omitempty"` // validation included
	Epoch   Number   `json:"median_epoch_seconds,omitempty"`
	Startup float64  `json:"startup_seconds,omitempty"` // until the first training step is done
	Total   float64  `json:"total_seconds,omitempty"`
	Peak    int64    `json:"peak_rss_bytes,omitempty"`
}

func costOf(s *Side) Cost {
	c := Cost{Name: s.Name, Dir: s.Dir}
	seconds := s.history.seconds()
	for _, v := range seconds {
		c.Epochs = append(c.Epochs, Number(v))
	}
	c.Epoch = Number(median(seconds))
	if s.timing != nil {
		c.Startup, c.Total, c.Peak = s.timing.Startup, s.timing.Total, s.timing.Peak
	}
	return c
}

// median of the finite values; 0 of none.
func median(values []float64) float64 {
	sorted := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	slices.Sort(sorted)
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
