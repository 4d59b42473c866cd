package dataset

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/klauspost/compress/gzip"
)

// openFile opens a file of fsys. It decompresses the file if the content is gzip,
// whatever its name: none of the formats in this package starts with gzip's magic
// number. Its errors do not include the name; the caller adds it.
func openFile(fsys fs.FS, name string) (io.ReadCloser, error) {
	f, err := fsys.Open(name)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, err
	}
	r := bufio.NewReader(f)
	if magic, _ := r.Peek(2); string(magic) != "\x1f\x8b" {
		return readCloser{r, f}, nil
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("gzip: %w", cutShort(err))
	}
	return readCloser{z, f}, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

// readN reads exactly n bytes. The buffer grows with the data read: if n is wrong, at
// most four times the data are allocated.
func readN(r io.Reader, n int64) ([]byte, error) {
	const first, growth = 1 << 20, 4 // in large steps, because allocation dominates the cost
	var data []byte
	for next := min(n, first); ; next = min(n, growth*next) {
		read := len(data)
		data = append(make([]byte, 0, next), data...)[:next]
		got, err := io.ReadFull(r, data[read:])
		if err != nil {
			return nil, fmt.Errorf("got %d bytes: want %d; %w", read+got, n, cutShort(err))
		}
		if next == n {
			return data, nil
		}
	}
}

// cutShort replaces io.EOF and the like by a plain message.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file is cut short")
	}
	return err
}

// exists returns the first of names that exists in fsys, or "".
func exists(fsys fs.FS, names ...string) string {
	for _, name := range names {
		if _, err := fs.Stat(fsys, name); err == nil {
			return name
		}
	}
	return ""
}
