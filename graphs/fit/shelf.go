package fit

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"
)

// The prefixes of checkpoint names, which are followed by the number of steps done.
const (
	lastPrefix = "ckpt"
	bestPrefix = "best"
)

// shelf is a folder of checkpoints in the layout of tf.train.load_checkpoint: bundles,
// and a file "checkpoint" that names the newest.
type shelf string

// label names a checkpoint in a shelf.
type label struct {
	prefix string
	steps  int64
}

func (l label) String() string { return fmt.Sprintf("%s-%d", l.prefix, l.steps) }

// files returns the names of a bundle's files. The index is last: a bundle without an
// index is ignored.
func (l label) files() []string {
	return []string{l.String() + ".data-00000-of-00001", l.String() + ".index"}
}

// pending is the name prefix of folders in which a checkpoint is being written.
const pending = ".saving-"

// prepare creates the folder and cleans up after a killed process.
func (s shelf) prepare() error {
	if err := os.MkdirAll(string(s), 0o755); err != nil {
		return err
	}
	return s.settle()
}

// settle completes or removes the work of a killed process. If the data of a complete
// checkpoint have been renamed but not its index, settle renames the index; if that
// fails, the index stays pending. It removes all other pending files.
func (s shelf) settle() error {
	entries, err := os.ReadDir(string(s))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), pending) {
			continue
		}
		dir := filepath.Join(string(s), e.Name())
		left, failed := os.ReadDir(dir)
		if len(left) == 1 && filepath.Ext(left[0].Name()) == ".index" {
			failed = os.Rename(filepath.Join(dir, left[0].Name()), filepath.Join(string(s), left[0].Name()))
		}
		if failed == nil {
			failed = os.RemoveAll(dir)
		}
		err = errors.Join(err, failed)
	}
	return err
}

// put adds a checkpoint and removes all but the newest keep.
func (s shelf) put(p Bundles, steps int64, note []byte, keep int) error {
	l := label{lastPrefix, steps}
	dir, err := os.MkdirTemp(string(s), pending)
	if err != nil {
		return err
	}
	if err := l.save(p, dir, note); err != nil {
		_ = os.RemoveAll(dir) // prepare removes the rest in the next run
		return err
	}
	for _, f := range l.files() { // if one rename fails, settle repeats the other
		if err := os.Rename(filepath.Join(dir, f), filepath.Join(string(s), f)); err != nil {
			return err
		}
	}
	if err := errors.Join(os.Remove(dir), syncPath(string(s))); err != nil {
		return err
	}
	return s.prune(l, keep)
}

// save writes a checkpoint to a folder and reads it back.
func (l label) save(p Bundles, dir string, note []byte) error {
	prefix := filepath.Join(dir, l.String())
	if err := p.Save(prefix, note); err != nil {
		return err
	}
	for _, f := range l.files() {
		if err := syncPath(filepath.Join(dir, f)); err != nil {
			return err
		}
	}
	return p.CheckBundle(prefix)
}

// prune keeps the newest checkpoint and some before it, and writes the file that names
// them. It removes checkpoints with more steps, which were corrupt and skipped.
func (s shelf) prune(newest label, keep int) error {
	labels, err := s.list(lastPrefix)
	if err != nil {
		return err
	}
	at := slices.Index(labels, newest)
	if at < 0 {
		return fmt.Errorf("%s has disappeared", newest)
	}
	kept := slices.Clone(labels[at:min(at+keep, len(labels))])
	var index bytes.Buffer // text format of the protocol buffer CheckpointState
	fmt.Fprintf(&index, "model_checkpoint_path: %q\n", kept[0])
	for _, l := range slices.Backward(kept) {
		fmt.Fprintf(&index, "all_model_checkpoint_paths: %q\n", l)
	}
	if err := renameio.WriteFile(filepath.Join(string(s), "checkpoint"), index.Bytes(), 0o644); err != nil {
		return err
	}
	return s.remove(slices.Delete(labels, at, at+len(kept)))
}

// markBest links the checkpoint of these steps under a second name, which remains when
// the first is pruned.
func (s shelf) markBest(steps int64) error {
	older, err := s.list(bestPrefix)
	if err != nil {
		return err
	}
	from, to := label{lastPrefix, steps}, label{bestPrefix, steps}
	for i, f := range to.files() {
		if err := link(filepath.Join(string(s), from.files()[i]), filepath.Join(string(s), f)); err != nil {
			return fmt.Errorf("fit: best checkpoint: %w", err)
		}
	}
	return s.remove(slices.DeleteFunc(older, func(l label) bool { return l == to }))
}

// ensureBest completes the work of a process that was killed after put: it marks the
// best checkpoint. It does not replace an existing one, from which the run may have
// resumed because the checkpoint of the other name is corrupt.
func (s shelf) ensureBest(steps int64) error {
	if s.has(label{bestPrefix, steps}) || !s.has(label{lastPrefix, steps}) {
		return nil
	}
	return s.markBest(steps)
}

// has reports whether all files of a checkpoint exist.
func (s shelf) has(l label) bool {
	return !slices.ContainsFunc(l.files(), func(f string) bool {
		_, err := os.Stat(filepath.Join(string(s), f))
		return err != nil
	})
}

func (s shelf) remove(labels []label) error {
	for _, l := range labels {
		for _, f := range slices.Backward(l.files()) {
			if err := os.Remove(filepath.Join(string(s), f)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// all returns all checkpoints in the order in which Restore tries them.
func (s shelf) all() ([]label, error) {
	last, err := s.list(lastPrefix)
	if err != nil {
		return nil, err
	}
	best, err := s.list(bestPrefix)
	return append(last, best...), err
}

// list returns the checkpoints of a prefix, newest first, including those with missing
// files. It returns none if the folder does not exist.
func (s shelf) list(prefix string) ([]label, error) {
	entries, err := os.ReadDir(string(s))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var labels []label
	for _, e := range entries {
		name, _, _ := strings.Cut(e.Name(), ".")
		number, ok := strings.CutPrefix(name, prefix+"-")
		steps, err := strconv.ParseInt(number, 10, 64)
		if l := (label{prefix, steps}); ok && err == nil && !slices.Contains(labels, l) {
			labels = append(labels, l)
		}
	}
	slices.SortFunc(labels, func(a, b label) int { return cmp.Compare(b.steps, a.steps) })
	return labels, nil
}

// link hard-links a file, or copies it if the file system does not support links.
func link(from, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if os.Link(from, to) == nil {
		return nil
	}
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := renameio.NewPendingFile(to)
	if err != nil {
		return err
	}
	defer target.Cleanup()
	if _, err := io.Copy(target, source); err != nil {
		return err
	}
	return target.CloseAtomicallyReplace()
}

// syncPath syncs a file or a folder to disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
