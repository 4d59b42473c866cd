package lab

import (
	"fmt"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/tflab/tflab/cmd/internal/report"
	"github.com/tflab/tflab/cmd/internal/report/document"
)

// closingTable lists the results of each network, read from its run's files.
func (l *lab) closingTable() string {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(table.Row{"network", "data", "epochs", "test loss", "test accuracy", "s/epoch", "run"})
	unreadable := ""
	for _, s := range l.Specs {
		name, folder := l.name(s), s.Out
		r, err := document.OpenRun(folder, s.Network.Name())
		if err != nil && !begun(folder) {
			t.AppendRow(table.Row{name, "not trained"})
			continue
		}
		if err != nil {
			t.AppendRow(table.Row{name, "unreadable"})
			unreadable += fmt.Sprintf("\n%s is unreadable: %v", name, err)
			continue
		}
		data := r.Config.Data.Name
		if r.Config.Data.Sample {
			data = "embedded sample"
		}
		loss, accuracy := "-", "-"
		if test := r.History.Test; test != nil {
			loss, accuracy = fmt.Sprintf("%.4f", test.Loss), fmt.Sprintf("%.2f %%", 100*test.Accuracy)
		}
		t.AppendRow(table.Row{name, data, len(r.History.Epochs), loss, accuracy, report.Seconds(report.SecondsPerEpoch(r.History)), folder})
	}
	return t.Render() + unreadable
}

// begun reports whether a folder holds more than a process's lock file.
func begun(folder string) bool {
	files, _ := filepath.Glob(filepath.Join(folder, "[^.]*"))
	return len(files) > 0
}
