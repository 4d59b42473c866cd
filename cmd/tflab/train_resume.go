package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/fit"
)

// claim makes the run's folder, or opens the one to go on with, and keeps other
// processes out of it.
func (t *training) claim() (release func(), err error) {
	release, err = runfolder.Lock(t.out)
	if err != nil {
		return nil, err
	}
	if err := t.open(); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

func (t *training) open() (err error) {
	if t.folder, err = runfolder.Open(t.out); !t.resume || err != nil {
		if t.folder, err = runfolder.Create(t.out); err == nil && t.resume && t.again == "" {
			t.con.warn(fmt.Sprintf("nothing to go on with in %s: beginning a new run", t.out))
		}
		return err
	}
	earlier, err := t.folder.Config()
	if err != nil {
		return err
	}
	if changed := earlier.Differences(t.config); len(changed) > 0 {
		return fmt.Errorf("%s cannot be resumed as another run: %s: give the flags it was started with, or another --out", t.out, strings.Join(changed, "; "))
	}
	if changed := earlier.Elsewhere(t.config); len(changed) > 0 {
		t.con.warn(fmt.Sprintf("%s goes on elsewhere: %s: its numbers will not be the same to the last bit, and rounding can grow", t.out, strings.Join(changed, "; ")))
	}
	t.config.Resume(earlier)
	return nil
}

// chooseReplicas takes a resumed run's number unless another one was asked for:
// its last bits depend on it.
func (t *training) chooseReplicas() int {
	if t.replicas == 0 && t.resume && t.device.OnCPU() {
		if folder, err := runfolder.Open(t.out); err == nil {
			if earlier, err := folder.Config(); err == nil { // what is wrong with it, open says
				return max(1, earlier.Replicas)
			}
		}
	}
	return cmp.Or(t.replicas, t.defaultReplicas(t.network))
}

// restore takes up the newest checkpoint of a run that is resumed. A run that
// was killed before its first one begins anew.
func (t *training) restore() (*fit.State, error) {
	if !t.resume {
		return nil, nil
	}
	state, err := fit.Restore(t.program, t.folder.Path(runfolder.CheckpointDir), t.con.warn)
	if errors.Is(err, fit.ErrNoCheckpoint) {
		return nil, nil
	}
	return state, err
}

// resumption is the command line that goes on with the run.
func (t *training) resumption() string {
	switch {
	case t.again != "":
		return t.again
	case t.outGiven:
		return commandLine("--resume", "--resume")
	}
	return commandLine("--resume", "--out", t.out, "--resume")
}

// commandLine is this process's own without a word, and with more at its end.
func commandLine(without string, more ...string) string {
	given := slices.DeleteFunc(slices.Clone(os.Args[1:]), func(w string) bool { return w == without })
	words := []string{"tflab"}
	for _, w := range append(given, more...) {
		words = append(words, quoted(w))
	}
	return strings.Join(words, " ")
}

// quoted is a word as a shell takes it.
func quoted(w string) string {
	if w != "" && !strings.ContainsAny(w, " \t\n'\"\\$`&|;<>()*?[]{}!#~") {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
