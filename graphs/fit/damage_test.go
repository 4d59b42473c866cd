package fit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// damage modifies one of a checkpoint's files.
type damage struct {
	name string
	do   func(t *testing.T, prefix string)
}

const dataFile, indexFile = ".data-00000-of-00001", ".index"

func damages() []damage {
	edit := func(suffix string, change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, prefix string) {
			t.Helper()
			raw, err := os.ReadFile(prefix + suffix)
			if err == nil {
				err = os.WriteFile(prefix+suffix, change(raw), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	flip := func(raw []byte) []byte { raw[len(raw)/2] ^= 4; return raw }
	half := func(raw []byte) []byte { return raw[:len(raw)/2] }
	none := func([]byte) []byte { return nil }
	gone := func(suffix string) func(*testing.T, string) {
		return func(t *testing.T, prefix string) {
			if err := os.Remove(prefix + suffix); err != nil {
				t.Fatal(err)
			}
		}
	}
	return []damage{
		{"a byte of the data", edit(dataFile, flip)}, {"a byte of the index", edit(indexFile, flip)},
		{"data cut short", edit(dataFile, half)}, {"index cut short", edit(indexFile, half)},
		{"data empty", edit(dataFile, none)}, {"index empty", edit(indexFile, none)},
		{"data gone", gone(dataFile)}, {"index gone", gone(indexFile)},
	}
}

func TestABrokenCheckpointIsPassedOver(t *testing.T) {
	l := newLesson(t)
	want, err := l.begin(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	whole := l.dir
	l.save.Keep = 1 // the new checkpoint must not be deleted in favour of the corrupt one
	for _, d := range damages() {
		l.dir = copied(t, whole)
		d.do(t, filepath.Join(l.dir, "ckpt-32"))
		got, warnings, err := l.resume(t.Context(), t)
		if err != nil {
			t.Errorf("%s: %v", d.name, err)
			continue
		}
		if len(warnings) != 1 || !strings.Contains(warnings[0], "ckpt-32 is corrupt") {
			t.Errorf("%s: warnings %q, want one that names ckpt-32", d.name, warnings)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (- uninterrupted, + resumed)\n%s", d.name, diff)
		}
		if all := names(t, l.dir); all[0] != "ckpt-32" {
			t.Errorf("%s: %v: want a new ckpt-32", d.name, all)
		}
	}
}

// copied returns a copy of a folder without hard links.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestABrokenNewestGivesWayToOlderSteps(t *testing.T) {
	want := uninterrupted(t)
	l := newLesson(t)
	if _, err := l.begin(t.Context(), t); err != nil {
		t.Fatal(err)
	}
	damages()[0].do(t, filepath.Join(l.dir, "ckpt-32"))
	ctx, cancel := context.WithCancel(t.Context())
	l.save.Keep = 1
	l.callbacks = []Callback{&watcher{at: func(call string, r *Run) error {
		if call == "step" && r.Step == 2 {
			cancel()
		}
		return nil
	}}}
	if _, _, err := l.resume(ctx, t); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if all := names(t, l.dir); all[0] != "ckpt-26" || len(all) > 2 {
		t.Errorf("%v: want ckpt-26 to be the newest, and the corrupt one gone", all)
	}
	l.callbacks = nil
	got, warnings, err := l.resume(t.Context(), t)
	if err != nil || warnings != nil {
		t.Fatalf("%v, warnings %q", err, warnings)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(- uninterrupted, + resumed)\n%s", diff)
	}
}

func TestNoWholeCheckpoint(t *testing.T) {
	l := newLesson(t)
	if _, err := l.begin(t.Context(), t); err != nil {
		t.Fatal(err)
	}
	p, whole := l.program(t), l.dir
	for _, d := range damages() {
		dir := copied(t, whole)
		for _, name := range names(t, dir) {
			d.do(t, filepath.Join(dir, name))
		}
		var warnings []string
		_, err := Restore(p, dir, func(w string) { warnings = append(warnings, w) })
		if err == nil || !strings.Contains(err.Error(), "none of 3 checkpoints is valid") || errors.Is(err, ErrNoCheckpoint) {
			t.Errorf("%s: got %v, want that none is valid", d.name, err)
		}
		if len(warnings) != 3 {
			t.Errorf("%s: warnings %q, want one for each checkpoint", d.name, warnings)
		}
		if all := fmt.Sprint(err, warnings); strings.Contains(all, "\n") {
			t.Errorf("%s: more than a line: %s", d.name, all)
		}
	}
	if _, err := Restore(p, filepath.Join(t.TempDir(), "none"), nil); !errors.Is(err, ErrNoCheckpoint) {
		t.Errorf("no folder: got %v, want ErrNoCheckpoint", err)
	}
}

// TestEveryByteCounts flips one bit in each byte of a checkpoint in turn: either the
// checkpoint is corrupt, or the byte was padding and the restored values are unchanged.
func TestEveryByteCounts(t *testing.T) {
	l := newLesson(t)
	if _, err := l.begin(t.Context(), t); err != nil {
		t.Fatal(err)
	}
	p, prefix := l.program(t), filepath.Join(l.dir, "ckpt-24")
	good, err := p.Restore(prefix)
	if err != nil {
		t.Fatal(err)
	}
	weights, err := p.Weights()
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{dataFile, indexFile} {
		raw, err := os.ReadFile(prefix + suffix)
		if err != nil {
			t.Fatal(err)
		}
		missed := 0
		for i := range raw {
			raw[i] ^= 1 << (i % 8)
			if err := os.WriteFile(prefix+suffix, raw, 0o644); err != nil {
				t.Fatal(err)
			}
			raw[i] ^= 1 << (i % 8)
			note, err := p.Restore(prefix)
			if err != nil {
				continue
			}
			missed++
			read, err := p.Weights()
			if err != nil || string(note) != string(good) || !cmp.Equal(pack(weights), pack(read)) {
				t.Errorf("byte %d of %s is not noticed, and what is read has changed", i, suffix)
			}
		}
		t.Logf("%s: %d bytes of %d may change without harm", suffix, missed, len(raw))
		if suffix == dataFile && missed > 0 {
			t.Errorf("%d bytes of the data are not noticed", missed)
		}
		if err := os.WriteFile(prefix+suffix, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestKilledBetweenTheTwoFiles(t *testing.T) {
	want := uninterrupted(t)
	l := newLesson(t)
	if _, err := l.begin(t.Context(), t); err != nil {
		t.Fatal(err)
	}
	waiting := filepath.Join(l.dir, pending+"1")
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{waiting, waiting + "2"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	move(filepath.Join(l.dir, "ckpt-32.index"), filepath.Join(waiting, "ckpt-32.index"))
	// Another incomplete checkpoint.
	if err := os.WriteFile(filepath.Join(waiting+"2", "ckpt-40.data-00000-of-00001.tempstate"), []byte("some"), 0o644); err != nil {
		t.Fatal(err)
	}
	state, err := Restore(l.program(t), l.dir, func(w string) { t.Error(w) })
	if err != nil || state.Epoch != 4 {
		t.Errorf("state %+v, %v: want that of the last epoch's end", state, err)
	}
	if left, _ := filepath.Glob(waiting + "*"); left != nil {
		t.Errorf("%v is left", left)
	}
	got, _, err := l.resume(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(- uninterrupted, + resumed)\n%s", diff)
	}
}

// unwritable saves as on a full disk: it writes a part of the data and then fails.
type unwritable struct{ checked error }

func (u unwritable) Save(prefix string, _ []byte) error {
	if u.checked != nil {
		return errors.Join(os.WriteFile(prefix+dataFile, nil, 0o644), os.WriteFile(prefix+indexFile, nil, 0o644))
	}
	return errors.Join(os.WriteFile(prefix+dataFile, []byte("half"), 0o644), fs.ErrInvalid)
}
func (u unwritable) CheckBundle(string) error     { return u.checked }
func (unwritable) Restore(string) ([]byte, error) { return nil, fs.ErrInvalid }

func TestAFailedSaveLeavesTheOlderOnes(t *testing.T) {
	l := newLesson(t)
	if _, err := l.begin(t.Context(), t); err != nil {
		t.Fatal(err)
	}
	before := files(t, l.dir)
	for _, u := range []unwritable{{}, {checked: fs.ErrClosed}} { // failure while writing, and while reading back
		if err := shelf(l.dir).put(u, 99, nil, 1); err == nil {
			t.Fatal("no error")
		}
		if diff := cmp.Diff(before, files(t, l.dir)); diff != "" {
			t.Errorf("the folder has changed:\n%s", diff)
		}
	}
}

// empty writes empty files.
type empty struct{ unwritable }

func (empty) Save(prefix string, _ []byte) error {
	return errors.Join(os.WriteFile(prefix+dataFile, nil, 0o644), os.WriteFile(prefix+indexFile, nil, 0o644))
}

// TestAnIndexThatCannotTakeItsPlace has something else at the path of the index until
// it is removed.
func TestAnIndexThatCannotTakeItsPlace(t *testing.T) {
	s := shelf(t.TempDir())
	obstacle := filepath.Join(string(s), "ckpt-8.index")
	if err := os.Mkdir(obstacle, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := s.put(empty{}, 8, nil, 1); err == nil {
		t.Fatal("put: no error")
	}
	if err := s.settle(); err == nil {
		t.Fatal("settle: no error")
	}
	if err := os.Remove(obstacle); err != nil {
		t.Fatal(err)
	}
	if err := s.settle(); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{filepath.Join(string(s), "ckpt-8"+dataFile): "", obstacle: ""}
	if diff := cmp.Diff(want, files(t, string(s))); diff != "" {
		t.Errorf("(- want, + got)\n%s", diff)
	}
}

// files returns the contents of a folder by file name.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		all[path] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
