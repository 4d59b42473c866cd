package document

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/tfmodels"
)

// subtitle says when and with which versions the networks were trained.
func (l *lab) subtitle() string {
	if len(l.runs) == 0 {
		return "No network has been trained yet."
	}
	first := slices.MinFunc(l.runs, func(a, b *Run) int { return a.Config.Started.Compare(b.Config.Started) })
	return fmt.Sprintf("Trained by tflab with TensorFlow %s from %s on.",
		first.Config.Versions.TensorFlow, first.Config.Started.Format("2 January 2006, 15:04 MST"))
}

// overview is a table of the results of all networks.
func (l *lab) overview() []block {
	var blocks []block
	var samples []string
	t := table{Head: []string{"network", "data", "epochs", "test accuracy", "test loss", "s per epoch", "state"}}
	for _, n := range tfmodels.Assigned() {
		r := l.run(n.Name())
		if r == nil {
			t.Rows = append(t.Rows, []string{n.Name(), "", "", "", "", "", "missing"})
			continue
		}
		if r.Config.Data.Sample {
			samples = append(samples, r.Name)
		}
		t.Rows = append(t.Rows, []string{r.Name, r.dataName(), fmt.Sprintf("%d of %d", len(r.History.Epochs), r.Config.Recipe.Epochs),
			r.spread(testAccuracy, percent), r.spread(testLoss, number), r.spread(secondsPerEpoch, report.Seconds), r.state()})
	}
	if len(samples) > 0 {
		blocks = append(blocks, note{"Trained on the embedded sample, a small part of the full data set: " + strings.Join(samples, ", ") +
			". The numbers are not those that the full data sets give."})
	}
	return append(blocks, t)
}

func (r *Run) dataName() string {
	if r.Config.Data.Sample {
		return strings.TrimPrefix(r.Config.Data.Name, "sample-") + " (sample)"
	}
	if r.Config.Data.Limit > 0 {
		return fmt.Sprintf("%s (first %s)", r.Config.Data.Name, report.Count(r.Config.Data.Limit))
	}
	return r.Config.Data.Name
}

func (r *Run) state() string {
	switch r.Config.Status {
	case runfolder.Done:
		return "done"
	case runfolder.Diverged:
		return "ended in NaN"
	case runfolder.Interrupted:
		return "interrupted"
	case runfolder.Running:
		return "incomplete"
	}
	return string(r.Config.Status)
}

// repetition describes how the networks were trained, so that another machine can
// repeat it.
func (l *lab) repetition() []block {
	blocks := []block{heading{2, "repeat", "Appendix: how the networks were trained"}}
	if len(l.runs) == 0 {
		return append(blocks, note{"No network has been trained yet."})
	}
	t := table{Words: true, Head: []string{"setting", "value"}}
	for _, setting := range []struct {
		name string
		of   func(runfolder.Config) string
	}{
		{"command", func(c runfolder.Config) string { return strings.Join(c.CommandLine, " ") }},
		{"seed", func(c runfolder.Config) string { return fmt.Sprint(c.Seed) }},
		{"data from", func(c runfolder.Config) string { return c.Data.Source }},
		{"fingerprint of the data", func(c runfolder.Config) string { return c.Data.Fingerprint }},
		{"device", func(c runfolder.Config) string { return c.Device }},
		{"threads", func(c runfolder.Config) string {
			if c.Replicas > 1 {
				return fmt.Sprintf("%d, shared by %d replicas", c.Threads, c.Replicas)
			}
			return fmt.Sprint(c.Threads)
		}},
		{"precision", func(c runfolder.Config) string {
			if c.JIT {
				return string(c.Precision) + ", compiled by XLA"
			}
			return string(c.Precision)
		}},
		{"tflab", func(c runfolder.Config) string { return c.Versions.TFLab }},
		{"Go", func(c runfolder.Config) string { return c.Versions.Go }},
		{"TensorFlow", func(c runfolder.Config) string { return c.Versions.TensorFlow }},
	} {
		for i, line := range l.settings(setting.of) {
			name := setting.name
			if i > 0 {
				name = ""
			}
			t.Rows = append(t.Rows, []string{name, line})
		}
	}
	return append(blocks, paragraph{"The same command with the same seed and data gives the same history on the CPU, except for the times."}, t)
}

// settings returns the values of a setting. If they differ, each is followed by its
// networks.
func (l *lab) settings(of func(runfolder.Config) string) []string {
	var values []string
	networks := map[string][]string{}
	for _, r := range l.runs {
		v := of(r.Config)
		if networks[v] == nil {
			values = append(values, v)
		}
		networks[v] = append(networks[v], r.Name)
	}
	if len(values) == 1 {
		return values
	}
	for i, v := range values {
		values[i] = v + " (" + strings.Join(networks[v], ", ") + ")"
	}
	return values
}
