package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tflab/tflab/cmd/internal/lab"
	"github.com/tflab/tflab/cmd/internal/report/document"
	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// tflab runs a command line.
func tflab(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = run(ctx, append([]string{"tflab"}, args...), &out, &err)
	return status, out.String(), err.String()
}

func readHistory(t *testing.T, dir string) *fit.History {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, runfolder.HistoryJSON))
	if err != nil {
		t.Fatal(err)
	}
	h := &fit.History{}
	if err := json.Unmarshal(data, h); err != nil {
		t.Fatal(err)
	}
	return h
}

func labArgs(data, out string, more ...string) []string {
	return append([]string{"lab", "--data", data, "--out", out, "--device", "cpu", "--epochs", "2", "--only", "mnist-mlp-linear,mnist-mlp-relu"}, more...)
}

func TestLab(t *testing.T) {
	skipLong(t)
	data, out := digits(t), filepath.Join(t.TempDir(), "lab")
	status, stdout, stderr := tflab(context.Background(), labArgs(data, out)...)
	if status != 0 {
		t.Fatalf("status %d, want 0: %s", status, stderr)
	}
	for _, want := range []string{"network 1 of 2: mnist-mlp-linear\n", "network 2 of 2: mnist-mlp-relu", "Epoch 2/2"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("the progress does not say %q:\n%s", want, stderr)
		}
	}
	if !strings.Contains(stdout, "mnist-mlp-relu") || !strings.Contains(stdout, "report "+filepath.Join(out, document.HTMLFile)) {
		t.Errorf("the closing table is\n%s", stdout)
	}
	folder, err := runfolder.Open(filepath.Join(out, "mnist-mlp-linear"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := folder.Collapse()
	if err != nil || c == nil {
		t.Fatalf("the linear network was not collapsed: %v", err)
	}
	if c.Examples != 20 || c.Agreeing != 20 || c.Difference > 1e-4*c.Largest {
		t.Errorf("two linear layers and their product differ: %+v", c)
	}

	before, err := os.ReadFile(folder.Path(runfolder.HistoryJSON))
	if err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(out, document.HTMLFile)
	for _, path := range []string{report, folder.Path(runfolder.CollapseFile)} { // as if the lab had been stopped just before writing it
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	status, _, stderr = tflab(context.Background(), labArgs(data, out)...)
	if status != 0 || strings.Count(stderr, "is done already") != 2 || strings.Contains(stderr, "Epoch") {
		t.Errorf("again: status %d, want 0 and nothing trained: %s", status, stderr)
	}
	after, err := os.ReadFile(folder.Path(runfolder.HistoryJSON))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("again: the history is another one (%v)", err)
	}
	if _, err := os.Stat(report); err != nil {
		t.Errorf("again: %v", err)
	}
	if again, err := folder.Collapse(); err != nil || again == nil || *again != *c {
		t.Errorf("again: the collapse is %v, want %v (%v)", again, c, err)
	}

	status, _, stderr = tflab(context.Background(), labArgs(data, out, "--seed", "2")...)
	if status != 1 || !strings.Contains(stderr, "seed is 2, was 1") {
		t.Errorf("another seed: status %d, want 1: %s", status, stderr)
	}
}

func TestLabInterrupted(t *testing.T) {
	skipLong(t)
	data, whole, broken := digits(t), filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "broken")
	if status, _, stderr := tflab(context.Background(), labArgs(data, whole)...); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	progress := &stopAfter{text: "network 2 of 2", stop: func() { cancel(interrupted{syscall.SIGINT}) }}
	if status := run(ctx, append([]string{"tflab"}, labArgs(data, broken)...), &bytes.Buffer{}, progress); status != 130 {
		t.Fatalf("status %d, want 130: %s", status, progress.String())
	}
	if said := progress.String(); strings.Contains(said, "--resume") {
		t.Errorf("the way to go on is no flag of lab: %s", said)
	}
	page, err := os.ReadFile(filepath.Join(broken, document.HTMLFile))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "This run was interrupted") {
		t.Error("the report does not say that a run was interrupted")
	}
	status, _, stderr := tflab(context.Background(), labArgs(data, broken)...)
	if status != 0 || strings.Count(stderr, "is done already") != 1 {
		t.Fatalf("going on: status %d, want 0 and one network left: %s", status, stderr)
	}
	for _, network := range []string{"mnist-mlp-linear", "mnist-mlp-relu"} {
		want, got := readHistory(t, filepath.Join(whole, network)), readHistory(t, filepath.Join(broken, network))
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(fit.Epoch{}, "TrainDuration", "Duration")); diff != "" {
			t.Errorf("%s: an interruption changes the history (-without +with):\n%s", network, diff)
		}
	}
}

// TestLabTakesUpWhatDiverged has a network that diverged and one with damaged files,
// left by an earlier lab.
func TestLabTakesUpWhatDiverged(t *testing.T) {
	skipLong(t)
	data, out := digits(t), filepath.Join(t.TempDir(), "lab")
	if status, _, stderr := tflab(t.Context(), labArgs(data, out)...); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	folder, err := runfolder.Open(filepath.Join(out, "mnist-mlp-linear"))
	if err != nil {
		t.Fatal(err)
	}
	c := readConfig(t, folder.Dir())
	c.Status = runfolder.Diverged
	if err := folder.WriteConfig(c); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "mnist-mlp-relu", runfolder.HistoryJSON), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := tflab(t.Context(), labArgs(data, out)...)
	if status != 1 || !strings.Contains(stderr, "mnist-mlp-linear diverged earlier") || strings.Contains(stderr, "Epoch") {
		t.Errorf("status %d, want 1, that it diverged earlier, and nothing trained: %s", status, stderr)
	}
	if !strings.Contains(stdout, "mnist-mlp-relu is unreadable: ") || strings.Contains(stdout, "not trained") {
		t.Errorf("the closing table does not say why a run is unreadable:\n%s", stdout)
	}
}

func TestLabComparesExerciseThree(t *testing.T) {
	skipLong(t)
	data, out := digits(t), filepath.Join(t.TempDir(), "lab")
	mnist, err := dataset.Open(t.Context(), "mnist", dataset.Options{Dir: data, Shape: [3]int{28, 28, 1}})
	if err != nil {
		t.Fatal(err)
	}
	settings := fmt.Sprintf(`{"seed":1,"data":%q,"cycles":"100"}`, mnist.Fingerprint())
	folder := filepath.Join(out, document.LowLevelFolder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		settings, seed string // settings on disk, "" for none
		status         int
		want           string
	}{
		{"", "1", 1, "cannot be compared with the exercise three asked for"},
		{"{", "1", 1, lab.SettingsFile},
		{settings, "2", 1, "holds another exercise three"},
		{strings.Replace(settings, `"data":"`, `"data":"x`, 1), "1", 1, "holds another exercise three"},
		{settings, "1", 0, "exercise three is done already"},
	} {
		if tt.settings != "" {
			if err := os.WriteFile(filepath.Join(folder, lab.SettingsFile), []byte(tt.settings), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		status, _, stderr := tflab(t.Context(), "lab", "--data", data, "--out", out, "--only", "lowlevel", "--seed", tt.seed)
		if status != tt.status || !strings.Contains(stderr, tt.want) {
			t.Errorf("%q, seed %s: status %d, want %d and %q: %s", tt.settings, tt.seed, status, tt.status, tt.want, stderr)
		}
	}
}

func TestLabUsage(t *testing.T) {
	for name, args := range map[string][]string{
		"unknown network": {"lab", "--only", "mnist-mlp"},
		"zero epochs":     {"lab", "--data", digits(t), "--out", t.TempDir(), "--epochs", "0"},
		"an argument":     {"lab", "mnist-cnn"},
	} {
		if status, _, stderr := tflab(context.Background(), args...); status != 2 || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, want 2 and one line: %s", name, status, stderr)
		}
	}
}

func TestPlot(t *testing.T) {
	skipLong(t)
	data, out := digits(t), filepath.Join(t.TempDir(), "lab")
	if status, _, stderr := tflab(context.Background(), labArgs(data, out)...); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	linear, relu := filepath.Join(out, "mnist-mlp-linear"), filepath.Join(out, "mnist-mlp-relu")
	pictures := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"one run":  {[]string{linear, "--format", "svg"}, []string{linear + "/history.svg", linear + "/confusion.svg", linear + "/mistakes.svg"}},
		"two runs": {[]string{linear, relu, "--out", pictures, "--format", "pdf"}, []string{pictures + "/validation.pdf", pictures + "/gap.pdf", pictures + "/cost.pdf"}},
	} {
		status, stdout, stderr := tflab(context.Background(), append([]string{"plot"}, c.args...)...)
		if status != 0 || stdout != strings.Join(c.want, "\n")+"\n" {
			t.Errorf("%s: status %d, %q; want 0 and %q: %s", name, status, stdout, c.want, stderr)
		}
		for _, path := range c.want {
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				t.Errorf("%s: %s is not there: %v", name, path, err)
			}
		}
	}
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no run":         {nil, 2, "RUN is missing"},
		"unknown format": {[]string{linear, "--format", "bmp"}, 2, "png, svg or pdf"},
		"no such folder": {[]string{filepath.Join(out, "none")}, 1, "no such folder"},
		"not a run":      {[]string{out}, 1, "config.json is missing"},
	} {
		status, _, stderr := tflab(context.Background(), append([]string{"plot"}, c.args...)...)
		if status != c.status || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, want %d and one line with %q: %s", name, status, c.status, c.want, stderr)
		}
	}
}

func TestLegendNames(t *testing.T) {
	for _, c := range []struct{ dirs, want []string }{
		{[]string{"runs/a", "runs/b/"}, []string{"a", "b"}},
		{[]string{"one/net", "two/net"}, []string{"one/net", "two/net"}},
	} {
		if diff := cmp.Diff(c.want, legendNames(c.dirs)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.dirs, diff)
		}
	}
}
