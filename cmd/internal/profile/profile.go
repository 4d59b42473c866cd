package profile

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/renameio/v2"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/tflab/tflab/graphs/trace"
)

// The files of a profile.
const (
	TraceFile = "trace.json"     // for chrome://tracing and Perfetto
	CSVFile   = "operations.csv" // every operation
	TextFile  = "operations.txt" // the types and the longest operations
)

// Profile is the record of a run.
type Profile struct {
	Network  string
	Steps    []trace.Step
	Untraced time.Duration // duration of a step without recording; 0 means not measured
}

// Folder creates the folder of a profile, and checks that it is writable.
func Folder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the profile's folder: %w", err)
	}
	probe, err := renameio.NewPendingFile(filepath.Join(dir, TraceFile))
	if err != nil {
		return fmt.Errorf("the profile's folder is not writable: %w", err)
	}
	return probe.Cleanup()
}

// Write writes the profile to a folder, and replaces an existing one.
func (p Profile) Write(dir string) error {
	var chrome bytes.Buffer
	if err := trace.WriteChrome(&chrome, p.Steps); err != nil {
		return err
	}
	operations, err := p.csv()
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		data []byte
	}{{TraceFile, chrome.Bytes()}, {CSVFile, operations}, {TextFile, []byte(p.text())}} {
		if err := renameio.WriteFile(filepath.Join(dir, f.name), f.data, 0o644); err != nil {
			return fmt.Errorf("profile: %w", err)
		}
	}
	return nil
}

// csv returns a table with a row for each operation: the number of executions and the
// microseconds in all steps.
func (p Profile) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"name", "type", "count", "time_us", "share"}}
	for _, t := range trace.ByOperation(p.Steps) {
		rows = append(rows, []string{t.Name, t.Type, strconv.Itoa(t.Count),
			strconv.FormatFloat(float64(t.Time)/1e3, 'f', 3, 64), strconv.FormatFloat(t.Share, 'f', 6, 64)})
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return b.Bytes(), nil
}

// longest is the number of operations in the text.
const longest = 40

func (p Profile) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d training steps, recorded by TensorFlow.\n", p.Network, len(p.Steps))
	var took, within time.Duration
	for _, s := range p.Steps {
		took += s.Duration
		for _, o := range s.Operations {
			within += o.Duration
		}
	}
	n := time.Duration(max(1, len(p.Steps)))
	fmt.Fprintf(&b, "A step took %s ms while it was recorded", milliseconds(took/n))
	if p.Untraced > 0 {
		fmt.Fprintf(&b, ", %s ms before", milliseconds(p.Untraced))
	}
	fmt.Fprintf(&b, ". The times of its operations add up to %s ms,\nwhich is more than the step if operations ran at the same time.\n", milliseconds(within/n))
	byOperation := trace.ByOperation(p.Steps)
	fmt.Fprintf(&b, "\nBy type:\n\n%s\n", rendered([]string{"type"}, trace.ByType(p.Steps), len(p.Steps)))
	fmt.Fprintf(&b, "\nBy operation, %d of %d (%s has all):\n\n%s\n", min(longest, len(byOperation)), len(byOperation), CSVFile,
		rendered([]string{"operation", "type"}, byOperation[:min(longest, len(byOperation))], len(p.Steps)))
	return b.String()
}

// rendered returns a table of totals, with times per step.
func rendered(names []string, totals []trace.Total, steps int) string {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	head := append(names, "count", "ms a step", "share")
	var columns []table.ColumnConfig
	for i := range head {
		if i >= len(names) {
			columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight})
		}
	}
	t.SetColumnConfigs(columns)
	t.AppendHeader(row(head...))
	for _, total := range totals {
		words := []string{total.Type}
		if len(names) > 1 {
			words = []string{total.Name, total.Type}
		}
		t.AppendRow(row(append(words, strconv.Itoa(total.Count), milliseconds(total.Time/time.Duration(max(1, steps))),
			fmt.Sprintf("%.1f %%", 100*total.Share))...))
	}
	return t.Render()
}

func row(words ...string) table.Row {
	all := make(table.Row, len(words))
	for i, w := range words {
		all[i] = w
	}
	return all
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.3f", float64(d)/1e6) }
