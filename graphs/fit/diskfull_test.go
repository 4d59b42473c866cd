package fit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// smallDisk mounts a file system of the given size. It skips the test if it lacks the
// privileges.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no disk can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill writes a file until the disk is full.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, size := range []int{1 << 12, 1} {
		for err == nil {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, unix.ENOSPC) {
			return err
		}
		err = nil
	}
	return nil
}

func TestFullDisk(t *testing.T) {
	want := uninterrupted(t)
	disk := smallDisk(t, "256k")
	l := newLesson(t)
	l.dir = filepath.Join(disk, "checkpoint")
	filler := filepath.Join(disk, "filler")
	l.callbacks = []Callback{OnEpochEnd(func(r *Run) error {
		if r.Epoch == 2 {
			return fill(filler)
		}
		return nil
	})}
	_, err := l.begin(t.Context(), t)
	if err == nil || !strings.Contains(err.Error(), "No space left on device") || !strings.Contains(err.Error(), "epoch 3") {
		t.Fatalf("got %v, want that in epoch 3 no space was left", err)
	}
	if diff := cmp.Diff([]string{"ckpt-16", "ckpt-8", "best-16"}, names(t, l.dir)); diff != "" {
		t.Errorf("(- want, + got)\n%s", diff)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	l.callbacks = nil
	got, warnings, err := l.resume(t.Context(), t)
	if err != nil || warnings != nil {
		t.Fatalf("after room was made: %v, warnings %q", err, warnings)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(- uninterrupted, + resumed)\n%s", diff)
	}
}
