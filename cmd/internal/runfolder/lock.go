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

// Lock takes a folder, which it makes if need be, for this process until release
// is called. The kernel drops the lock of a process that died, so that none is
// ever left over.
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
		holder, _ := io.ReadAll(io.LimitReader(file, 100)) // for the message alone
		file.Close()
		name := cmp.Or(strings.TrimSpace(string(holder)), "another process") // which is about to write its name
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
	// The file stays: to remove it would take the lock from who opened it meanwhile.
	return func() { file.Close() }, nil
}
