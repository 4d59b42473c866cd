package dataset

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// openFile opens a file of fsys, and unpacks it on the way if it is gzipped,
// whatever its name says: none of the formats here starts with gzip's magic.
// Its errors leave the name to the caller, who knows what it is relative to.
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

// readN reads exactly n bytes. Its buffer grows with what is there: a claim of
// more costs at most four times as much.
func readN(r io.Reader, n int64) ([]byte, error) {
	const first, growth = 1 << 20, 4 // in large strides: new memory is most of the cost
	var data []byte
	for next := min(n, first); ; next = min(n, growth*next) {
		read := len(data)
		data = append(make([]byte, 0, next), data...)[:next]
		got, err := io.ReadFull(r, data[read:])
		if err != nil {
			return nil, fmt.Errorf("got %d bytes, want %d: %w", read+got, n, cutShort(err))
		}
		if next == n {
			return data, nil
		}
	}
}

// cutShort says in plain words what the io package calls EOF.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file is cut short")
	}
	return err
}

// exists returns the first of names that is in fsys, or "".
func exists(fsys fs.FS, names ...string) string {
	for _, name := range names {
		if _, err := fs.Stat(fsys, name); err == nil {
			return name
		}
	}
	return ""
}
