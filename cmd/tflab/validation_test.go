package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/cmd/internal/settings"
)

// How flags determine the validation of a run: 200 training examples, 50 test examples,
// and a recipe that takes the last 20 %.
func TestValidation(t *testing.T) {
	elsewhere(t)
	writeDataset("data", "")
	for _, tt := range []struct {
		flags                string
		want                 settings.Validation
		training, validation int
	}{
		{"", settings.LastExamples, 160, 40},
		{"--validation none", settings.NoValidation, 200, 0},
		{"--validation-split 0", settings.NoValidation, 200, 0},
		{"--validation test", settings.TestSet, 200, 50},
		{"--validation-split 0.3 --limit 101", settings.LastExamples, 70, 31},
		{"--validation-random", settings.RandomExamples, 160, 40},
	} {
		dir := "run" + strings.ReplaceAll(tt.flags, " ", "")
		status, _, stderr := call(t, "train mnist-mlp-linear --data data --epochs 1 --verbose 0 --out "+dir+" "+tt.flags)
		if status != 0 || stderr != "" {
			t.Errorf("%s: status %d, wrote %q", tt.flags, status, stderr)
			continue
		}
		c := readConfig(t, dir)
		if c.Recipe.Validation != tt.want || c.Data.Training != tt.training || c.Data.Validation != tt.validation {
			t.Errorf("%s: %s of %d and %d, want %s of %d and %d", tt.flags,
				c.Recipe.Validation, c.Data.Training, c.Data.Validation, tt.want, tt.training, tt.validation)
		}
		table, err := os.ReadFile(filepath.Join(dir, runfolder.HistoryCSV))
		if err != nil {
			t.Fatal(err)
		}
		header, _, _ := strings.Cut(string(table), "\n")
		if got, want := strings.Contains(header, "val_loss"), tt.validation > 0; got != want {
			t.Errorf("%s: history.csv has validation columns: %t, want %t", tt.flags, got, want)
		}
	}
}

func TestEarlyStopping(t *testing.T) {
	elsewhere(t)
	writeDataset("data", "")
	status, _, stderr := call(t, "train mnist-mlp-linear --data data --epochs 9 --verbose 0 --out run --early-stopping 1 --learning-rate 1e-30")
	if status != 0 {
		t.Fatal(stderr)
	}
	table, err := os.ReadFile("run/history.csv")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(table), "\n"); got != 3 { // a header, the best epoch, and one that is not better
		t.Errorf("history.csv has %d lines, want 3:\n%s", got, table)
	}
}
