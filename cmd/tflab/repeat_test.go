package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tflab/tflab/cmd/internal/runfolder"
)

// measured returns a run's history without its times, and the bytes of its weights.
func measured(t *testing.T, dir string) string {
	t.Helper()
	table, err := os.ReadFile(filepath.Join(dir, runfolder.HistoryCSV))
	if err != nil {
		t.Fatal(err)
	}
	weights, err := os.ReadFile(filepath.Join(dir, runfolder.WeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")
	if len(lines) < 2 {
		t.Fatalf("%s: a history of %d lines, want a header and an epoch", dir, len(lines))
	}
	for i, line := range lines {
		columns := strings.Split(line, ",")
		lines[i] = strings.Join(columns[:len(columns)-2], ",") // the last two are times
	}
	return strings.Join(lines, "\n") + string(weights)
}

// The same command with the same seed gives the same run, byte for byte except for the
// times; another seed gives another run.
func TestTheSeedDecides(t *testing.T) {
	skipLong(t)
	elsewhere(t)
	writeDataset("data", "")
	if status, _, stderr := call(t, "init mnist-mlp-relu --seed 7 --out seven.npz"); status != 0 {
		t.Fatal(stderr)
	}
	const dense = "train mnist-mlp-relu --data data --verbose 0 --epochs 2 "
	const dropout = "train mnist-cnn-dropout --data data --verbose 0 --epochs 1 --limit 20 --batch-size 8 "
	for i, tt := range []struct {
		first, second string
		same          bool
	}{
		{dense + "--seed 7", "train --epochs 2 --seed 7 --verbose 0 --data data mnist-mlp-relu", true},
		{dense + "--seed 7", dense + "--seed 7 --initial-weights seven.npz", true},
		{dense + "--seed 7", dense + "--seed 8", false},
		{dense + "--seed 7", dense + "--seed 7 --shuffle=false", false},
		{dropout, dropout, true},
		{dropout, dropout + "--no-dropout", false},
		{dropout + "--replicas 2", dropout + "--replicas 2", true},
	} {
		var runs [2]string
		for j, line := range []string{tt.first, tt.second} {
			dir := filepath.Join("runs", string(rune('a'+i)), string(rune('a'+j)))
			if status, _, stderr := call(t, line+" --out "+dir); status != 0 || stderr != "" {
				t.Fatalf("%s: status %d, wrote %q", line, status, stderr)
			}
			runs[j] = measured(t, dir)
		}
		if same := runs[0] == runs[1]; same != tt.same {
			t.Errorf("%s\n%s\nthe same run: %t, want %t", tt.first, tt.second, same, tt.same)
		}
	}
}
