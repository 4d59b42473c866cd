package runfolder

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const lockFile = ".lock"

// Lock locks a folder, which it creates if necessary, for this process until release is
// called. The kernel releases the lock of a process that dies, so locks never become
// stale.
func Lock(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("run's folder: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("run's folder cannot be written: %w", err)
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		holder, _ := io.ReadAll(io.LimitReader(file, 100)) // only for the message
		file.Close()
		name := cmp.Or(strings.TrimSpace(string(holder)), "another process") // the holder has not written its name yet
		return nil, fmt.Errorf("%s is in use by %s: wait for its end, or name another folder", dir, name)
	}
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = fmt.Fprintf(file, "process %d\n", os.Getpid())
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("run's folder: lock %s: %w", file.Name(), err)
	}
	// The file stays: removing it would break the lock of a process that has opened it
	// meanwhile.
	return func() { file.Close() }, nil
}
