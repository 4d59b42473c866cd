package runfolder

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runs", "one")
	release, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Lock(dir)
	if want := fmt.Sprintf("%s is in use by process %d", dir, os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	if _, err := Lock(dir + "-other"); err != nil {
		t.Errorf("another folder: %v", err)
	}
	release()
	release, err = Lock(dir)
	if err != nil {
		t.Fatalf("after its release: %v", err)
	}
	defer release()
}

func TestLockWithoutAName(t *testing.T) {
	dir := t.TempDir()
	release, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if err := os.Truncate(filepath.Join(dir, lockFile), 0); err != nil { // the state before the holder writes its name
		t.Fatal(err)
	}
	if _, err := Lock(dir); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("got %v, want that another process has it", err)
	}
}

func TestLockOfWhatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if _, err := Lock(dir); err == nil {
			t.Errorf("%s can be locked", dir)
		}
	}
}

// TestLockOfADeadProcess locks a folder in another process and kills that process.
func TestLockOfADeadProcess(t *testing.T) {
	if dir := os.Getenv("LOCK_AND_WAIT"); dir != "" {
		if _, err := Lock(dir); err != nil {
			t.Fatal(err)
		}
		fmt.Println("locked")
		io.Copy(io.Discard, os.Stdin)
		return
	}
	dir := t.TempDir()
	holder := exec.Command(os.Args[0], "-test.run=^TestLockOfADeadProcess$")
	holder.Env = append(os.Environ(), "LOCK_AND_WAIT="+dir)
	if _, err := holder.StdinPipe(); err != nil { // the pipe stays open until the process dies
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "locked"; {
	}
	_, err = Lock(dir)
	if want := fmt.Sprintf("process %d", holder.Process.Pid); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want that %s has it", err, want)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	holder.Wait()
	release, err := Lock(dir)
	if err != nil {
		t.Fatalf("after its death: %v", err)
	}
	defer release()
	if name, _ := os.ReadFile(filepath.Join(dir, lockFile)); string(name) != fmt.Sprintf("process %d\n", os.Getpid()) {
		t.Errorf("the lock names %q", name)
	}
}
