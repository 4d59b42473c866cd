package comparison

import (
	"math"

	"github.com/tflab/tflab/cmd/internal/report"
)

// Cost is the time and memory of one side. A value of 0 was not measured.
type Cost struct {
	Name    string   `json:"name"`
	Dir     string   `json:"dir"`
	Epochs  []Number `json:"epoch_seconds,omitempty"` // including validation
	Epoch   Number   `json:"median_epoch_seconds,omitempty"`
	Startup float64  `json:"startup_seconds,omitempty"` // until the end of the first training step
	Total   float64  `json:"total_seconds,omitempty"`
	Peak    int64    `json:"peak_rss_bytes,omitempty"`
}

func costOf(s *Side) Cost {
	c := Cost{Name: s.Name, Dir: s.Dir}
	seconds := s.history.seconds()
	for _, v := range seconds {
		c.Epochs = append(c.Epochs, Number(v))
	}
	if m := report.Median(seconds); !math.IsNaN(m) {
		c.Epoch = Number(m)
	}
	if s.timing != nil {
		c.Startup, c.Total, c.Peak = s.timing.Startup, s.timing.Total, s.timing.Peak
	}
	return c
}
