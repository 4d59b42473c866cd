package npy

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Entry is one array of an archive. Its name is the key of numpy.load, without ".npy",
// such as "dense/kernel".
type Entry struct {
	Name  string
	Array *Array
}

// ReadArchive reads the .npz file at path, stored or deflated (numpy.savez and
// numpy.savez_compressed), and returns its arrays in the order of the file.
func ReadArchive(path string) ([]Entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	entries, err := readArchive(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return entries, nil
}

func readArchive(r io.ReaderAt, size int64) ([]Entry, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("not an .npz file, or one that is cut short: %w", err)
	}
	entries := make([]Entry, 0, len(archive.File))
	seen := make(map[string]bool)
	for _, f := range archive.File {
		name := strings.TrimSuffix(f.Name, ".npy")
		if seen[name] {
			return nil, fmt.Errorf("%s: occurs twice in the archive: want each array once", name)
		}
		seen[name] = true
		a, err := readMember(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		entries = append(entries, Entry{Name: name, Array: a})
	}
	return entries, nil
}

func readMember(f *zip.File) (*Array, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return Read(r) // to the end, where zip checks the CRC
}

// WriteArchive writes entries to path in their order, in the format of numpy.savez:
// float32, not compressed. The output depends only on the entries, not on time or
// place. The file is replaced atomically.
func WriteArchive(path string, entries []Entry) error {
	return writeAtomically(path, func(w io.Writer) error {
		archive := zip.NewWriter(w)
		seen := make(map[string]bool)
		for _, e := range entries {
			if e.Name == "" || seen[e.Name] {
				return fmt.Errorf("array name %q is empty or occurs twice: want a distinct name for each array", e.Name)
			}
			seen[e.Name] = true
			if err := writeMember(archive, e); err != nil {
				return fmt.Errorf("%s: %w", e.Name, err)
			}
		}
		return archive.Close()
	})
}

func writeMember(archive *zip.Writer, e Entry) error {
	if e.Array == nil {
		return errors.New("no arrays: want at least one")
	}
	w, err := archive.CreateHeader(&zip.FileHeader{
		Name:     e.Name + ".npy",
		Method:   zip.Store,
		Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), // the earliest time that zip can represent
	})
	if err != nil {
		return err
	}
	return write(w, e.Array)
}
