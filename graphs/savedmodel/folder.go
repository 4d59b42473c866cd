package savedmodel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// writeFolder creates a folder atomically: write fills a temporary folder next to it,
// which is synced to disk and then renamed. An existing folder is replaced if it holds
// only files of the given names.
func writeFolder(dir string, files []string, write func(tmp string) error) (err error) {
	dir = filepath.Clean(dir)
	taken, err := replaceable(dir, files)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-")
	if err != nil {
		return fmt.Errorf("savedmodel: %w", err)
	}
	defer os.RemoveAll(tmp) // after an exchange, this is the old folder
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("savedmodel: %w", err)
	}
	if err := write(tmp); err != nil {
		return fmt.Errorf("savedmodel: write %s: %w", dir, err)
	}
	if err := syncTree(tmp); err != nil {
		return fmt.Errorf("savedmodel: write %s: %w", dir, err)
	}
	if taken {
		err = exchange(tmp, dir)
	} else {
		err = os.Rename(tmp, dir)
	}
	if err != nil {
		return fmt.Errorf("savedmodel: %w", err)
	}
	return syncFile(filepath.Dir(dir))
}

// replaceable reports whether the folder exists. It returns an error if the folder
// holds anything but the given files.
func replaceable(dir string, files []string) (taken bool, err error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case errors.Is(err, unix.ENOTDIR):
		return false, fmt.Errorf("savedmodel: %s is a file: want a new folder", dir)
	case err != nil:
		return false, fmt.Errorf("savedmodel: %w", err)
	}
	for _, e := range entries {
		if !slices.Contains(files, e.Name()) {
			return false, fmt.Errorf("savedmodel: %s holds %s, which would be lost: want a new folder, or the folder of an earlier export", dir, e.Name())
		}
	}
	return true, nil
}

// exchange swaps two folders. If the file system cannot do that atomically, it moves
// the old folder away first.
func exchange(tmp, dir string) error {
	err := unix.Renameat2(unix.AT_FDCWD, tmp, unix.AT_FDCWD, dir, unix.RENAME_EXCHANGE)
	if err == nil {
		return nil
	}
	old := tmp + ".old"
	if err := os.Rename(dir, old); err != nil {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return errors.Join(err, os.Rename(old, dir))
	}
	return os.RemoveAll(old)
}

func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncFile(path)
	})
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
