package npy

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// WriteFile writes a to path as float32 in C order. The file is replaced atomically.
func WriteFile(path string, a *Array) error {
	return writeAtomically(path, func(w io.Writer) error { return write(w, a) })
}

// writeAtomically calls write with a temporary file in the folder of path and renames
// that file to path.
func writeAtomically(path string, write func(io.Writer) error) error {
	f, err := renameio.NewPendingFile(path,
		renameio.WithTempDir(filepath.Dir(path)),
		renameio.WithPermissions(0o644),
		renameio.WithExistingPermissions())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer f.Cleanup() //nolint:errcheck // a no-op once the file has been moved
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// write writes the array in version 1 of the format.
func write(w io.Writer, a *Array) error {
	want, err := byteSize(a.Shape, 4)
	if err != nil {
		return err
	}
	data := a.Float32()
	if 4*len(data) != want {
		return fmt.Errorf("array of shape %v has %d elements: want %d", a.Shape, len(data), want/4)
	}
	if _, err := w.Write(formatHeader(a.Shape)); err != nil {
		return err
	}
	return binary.Write(w, binary.LittleEndian, data)
}

// formatHeader returns everything before the elements. Spaces align the first element
// to 64 bytes, as the format requires.
func formatHeader(shape []int) []byte {
	var dims strings.Builder
	for i, n := range shape {
		if i > 0 {
			dims.WriteByte(' ')
		}
		fmt.Fprintf(&dims, "%d,", n)
	}
	text := dims.String()
	if len(shape) > 1 {
		text = strings.TrimSuffix(text, ",") // Python writes (3, 4), but (3,)
	}
	dict := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", text)
	const before = len(magic) + 4
	dict += strings.Repeat(" ", 63-(before+len(dict))%64) + "\n"
	head := append([]byte(magic), 1, 0)
	head = binary.LittleEndian.AppendUint16(head, uint16(len(dict)))
	return append(head, dict...)
}
