package dataset

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// eachFile calls visit with every regular file of a tar, gzipped or not, and reads the
// archive to its end, where gzip checks its sum. It ignores folders: base is the last
// element of a file's path.
func eachFile(fsys fs.FS, name string, visit func(base string, content io.Reader) error) error {
	r, err := openFile(fsys, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer r.Close()
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: tar: %w", name, cutShort(err))
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if err := visit(path.Base(h.Name), archive); err != nil {
			return fmt.Errorf("%s: %s: %w", name, h.Name, err)
		}
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return fmt.Errorf("%s: %w", name, cutShort(err))
	}
	return nil
}

// unpack writes the files of an archive into a single new folder, because reading a
// folder is much faster than reading the archive.
func unpack(ctx context.Context, archive, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	parent, name := filepath.Split(archive)
	return eachFile(os.DirFS(parent), name, func(base string, content io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		out, err := os.OpenFile(filepath.Join(dir, base), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		defer out.Close()
		if _, err := io.Copy(out, content); err != nil {
			return err
		}
		if err := out.Sync(); err != nil {
			return err
		}
		return out.Close()
	})
}
