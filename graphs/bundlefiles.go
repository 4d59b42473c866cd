package graphs

import (
	"fmt"
	"io"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// bundleFiles reads and writes the checkpoints of a program whose session is on another
// machine, on the disk of this process: SaveV2 would write to the worker's disk. It has
// its own graph and session.
type bundleFiles struct {
	session      *tf.Session
	prefix, note tf.Output   // placeholders
	values       []tf.Output // placeholders for the variables
	save         *tf.Operation
	tensors      []tf.Output // the note and the values of the bundle at prefix
}

// newBundleFiles creates the graph for some variables.
func newBundleFiles(variables []variable) (*bundleFiles, error) {
	s := op.NewScope()
	f := &bundleFiles{
		prefix: op.Placeholder(s.SubScope("prefix"), tf.String, op.PlaceholderShape(tf.ScalarShape())),
		note:   op.Placeholder(s.SubScope("note"), tf.Uint8, op.PlaceholderShape(tf.MakeShape(-1))),
	}
	names, dtypes := []string{noteName}, []tf.DataType{tf.Uint8}
	for _, v := range variables {
		f.values = append(f.values, op.Placeholder(s.SubScope("value"), v.dtype, op.PlaceholderShape(v.feed.Shape())))
		names, dtypes = append(names, v.name), append(dtypes, v.dtype)
	}
	whole := op.Const(s.SubScope("slices"), make([]string, len(names))) // "" means that a tensor is not sliced
	list := op.Const(s.SubScope("names"), names)
	f.save = op.SaveV2(s, f.prefix, list, whole, append([]tf.Output{f.note}, f.values...))
	f.tensors = op.RestoreV2(s, f.prefix, list, whole, dtypes)
	var err error
	if f.session, err = localSession(s); err != nil {
		return nil, err
	}
	// TensorFlow writes log lines at its first run: run it now, while they are hidden.
	if _, err := f.session.Run(nil, nil, []*tf.Operation{list.Op}); err != nil {
		return nil, fmt.Errorf("graphs: %w", err)
	}
	return f, nil
}

// write writes a bundle of values.
func (f *bundleFiles) write(prefix, note *tf.Tensor, values []*tf.Tensor) error {
	feeds := map[tf.Output]*tf.Tensor{f.prefix: prefix, f.note: note}
	for i, v := range values {
		feeds[f.values[i]] = v
	}
	_, err := f.session.Run(feeds, nil, []*tf.Operation{f.save})
	return err
}

// read reads a bundle, which verifies its checksums.
func (f *bundleFiles) read(prefix *tf.Tensor) (note *tf.Tensor, values []*tf.Tensor, err error) {
	out, err := f.session.Run(map[tf.Output]*tf.Tensor{f.prefix: prefix}, f.tensors, nil)
	if err != nil {
		return nil, nil, err
	}
	return out[0], out[1:], nil
}

// saveFetched implements Save with bundle.files.
func (p *Program) saveFetched(prefix string, note []byte) error {
	name, text, err := bundleInputs(prefix, note)
	if err != nil {
		return err
	}
	var fetches []tf.Output
	for _, v := range p.bundle.variables {
		fetches = append(fetches, v.value)
	}
	values, err := p.session.Run(nil, fetches, nil)
	if err != nil {
		return fmt.Errorf("graphs: save checkpoint %s: %w", prefix, err)
	}
	if err := p.bundle.files.write(name, text, values); err != nil {
		return bundleError("save", prefix, err)
	}
	return nil
}

// readFetched reads a checkpoint with bundle.files.
func (p *Program) readFetched(prefix string) (note *tf.Tensor, values []*tf.Tensor, err error) {
	name, err := tf.NewTensor(prefix)
	if err != nil {
		return nil, nil, fmt.Errorf("graphs: checkpoint: %w", err)
	}
	note, values, err = p.bundle.files.read(name)
	if err != nil {
		return nil, nil, bundleError("read", prefix, err)
	}
	return note, values, nil
}

// restoreFetched implements Restore with bundle.files.
func (p *Program) restoreFetched(prefix string) ([]byte, error) {
	note, values, err := p.readFetched(prefix)
	if err != nil {
		return nil, err
	}
	var all state
	for i, v := range p.bundle.variables {
		all.set(v, values[i], nil)
	}
	if err := all.apply(p.session); err != nil {
		return nil, err
	}
	return io.ReadAll(tensorReader(note))
}
