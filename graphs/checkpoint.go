package graphs

import (
	"errors"
	"fmt"
	"io"
	"strings"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"
)

// noteName is the tensor of a checkpoint that holds the caller's note. Its type is
// uint8, because graft never frees the content of string tensors.
const noteName = "tflab/note"

// ErrNotFinite is returned by Save if a weight is not finite.
var ErrNotFinite = errors.New("a weight is NaN or infinite")

// bundle holds the operations that write and read checkpoints in TensorFlow's format,
// with SaveV2 and RestoreV2. The tensors are the weights, the optimizer's slots
// (weight/slot), "iterations" and "learning_rate".
type bundle struct {
	prefix, note tf.Output // placeholders of a string and bytes
	save         *tf.Operation
	read         tf.Output       // the note of the bundle at prefix
	check        []*tf.Operation // reads all tensors, which verifies their checksums
	finite       tf.Output       // bool: no weight is NaN or infinite
	restore      []*tf.Operation
	variables    []variable   // the saved variables
	files        *bundleFiles // if not nil, reads and writes the files instead of the operations above, except finite
}

// buildBundle adds the operations for all variables that a checkpoint needs.
//
// Files are the CPU's work, so SaveV2 and RestoreV2 have the CPU as their device.
// Operations that read or set a variable have no device: TensorFlow places a variable,
// with all its operations, on the device that any of them names.
func (p *Program) buildBundle(s *op.Scope) {
	host := s.WithDevice("/device:CPU:0")
	all := append(append([]variable(nil), p.weights...), p.slots...)
	all = append(all, p.iterations, p.learningRate)
	if l := p.scaling; l != nil {
		all = append(all, l.scale, l.good, l.skipped)
	}

	b := &p.bundle
	b.variables = all
	b.finite = p.finite(s)
	if p.options.Cluster.used() {
		return
	}
	b.prefix = op.Placeholder(host.SubScope("prefix"), tf.String, op.PlaceholderShape(tf.ScalarShape()))
	b.note = op.Placeholder(host.SubScope("note"), tf.Uint8, op.PlaceholderShape(tf.MakeShape(-1)))
	names, values, dtypes := []string{noteName}, []tf.Output{b.note}, []tf.DataType{tf.Uint8}
	for _, v := range all {
		names, values, dtypes = append(names, v.name), append(values, v.value), append(dtypes, v.dtype)
	}
	whole := op.Const(host.SubScope("slices"), make([]string, len(names))) // "" means that a tensor is not sliced
	list := op.Const(host.SubScope("names"), names)
	b.save = op.SaveV2(host, b.prefix, list, whole, values)

	tensors := op.RestoreV2(host, b.prefix, list, whole, dtypes)
	if s.Err() != nil {
		return
	}
	b.check = []*tf.Operation{tensors[0].Op}
	for i, v := range all {
		b.restore = append(b.restore, op.AssignVariableOp(s.SubScope("restore"), v.handle, tensors[i+1]))
	}
	one := op.Const(host.SubScope("one"), []string{""})
	b.read = op.RestoreV2(host.SubScope("read"), b.prefix, op.Const(host.SubScope("note_name"), []string{noteName}), one, []tf.DataType{tf.Uint8})[0]
}

// finite returns whether no weight is NaN or infinite.
func (p *Program) finite(s *op.Scope) tf.Output {
	var finite []tf.Output
	for _, v := range p.weights {
		ws := s.SubScope("finite")
		flat := op.Reshape(ws, op.IsFinite(ws, v.value), op.Const(ws, []int32{-1}))
		finite = append(finite, op.All(ws, flat, op.Const(ws.SubScope("axis"), []int32{0})))
	}
	ws := s.SubScope("all_finite")
	return op.All(ws, op.Pack(ws, finite), op.Const(ws, []int32{0}))
}

// Save writes a checkpoint of weights, optimizer and step count, with a note of the
// caller: the files prefix.index and prefix.data-00000-of-00001. If a weight is not
// finite, Save returns ErrNotFinite and writes no file.
func (p *Program) Save(prefix string, note []byte) error {
	if p.Training != nil {
		out, err := p.session.Run(nil, []tf.Output{p.bundle.finite}, nil)
		if err != nil {
			return fmt.Errorf("graphs: save checkpoint %s: %w", prefix, err)
		}
		if !out[0].Value().(bool) {
			return fmt.Errorf("graphs: save checkpoint %s: %w", prefix, ErrNotFinite)
		}
	}
	if p.bundle.files != nil {
		return p.saveFetched(prefix, note)
	}
	return p.runBundle("save", prefix, note, []*tf.Operation{p.bundle.save})
}

// CheckBundle reads a checkpoint and verifies its checksums, without changing the
// program.
func (p *Program) CheckBundle(prefix string) error {
	if p.bundle.files != nil {
		_, _, err := p.readFetched(prefix)
		return err
	}
	return p.runBundle("read", prefix, nil, p.bundle.check)
}

// Restore sets everything that Save wrote, and returns the note.
func (p *Program) Restore(prefix string) (note []byte, err error) {
	if p.bundle.files != nil {
		return p.restoreFetched(prefix)
	}
	// Read everything before setting anything: a corrupt checkpoint changes nothing.
	if err := p.CheckBundle(prefix); err != nil {
		return nil, err
	}
	if err := p.runBundle("restore", prefix, nil, p.bundle.restore); err != nil {
		return nil, err
	}
	name, err := tf.NewTensor(prefix)
	if err != nil {
		return nil, fmt.Errorf("graphs: checkpoint: %w", err)
	}
	out, err := p.session.Run(map[tf.Output]*tf.Tensor{p.bundle.prefix: name}, []tf.Output{p.bundle.read}, nil)
	if err != nil {
		return nil, fmt.Errorf("graphs: read checkpoint %s: %w", prefix, err)
	}
	return io.ReadAll(tensorReader(out[0]))
}

func (p *Program) runBundle(what, prefix string, note []byte, targets []*tf.Operation) error {
	if p.Training == nil {
		return errNoOptimizer
	}
	name, text, err := bundleInputs(prefix, note)
	if err != nil {
		return err
	}
	feeds := map[tf.Output]*tf.Tensor{p.bundle.prefix: name, p.bundle.note: text}
	if _, err := p.session.Run(feeds, nil, targets); err != nil {
		return bundleError(what, prefix, err)
	}
	return nil
}

// bundleInputs returns the tensors for the placeholders of a prefix and a note.
func bundleInputs(prefix string, note []byte) (name, text *tf.Tensor, err error) {
	if name, err = tf.NewTensor(prefix); err == nil {
		text, err = byteTensor([]int{len(note)}, note)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("graphs: checkpoint: %w", err)
	}
	return name, text, nil
}

// bundleError returns TensorFlow's error without the list of operations in its later
// lines.
func bundleError(what, prefix string, err error) error {
	cause, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("graphs: %s checkpoint %s: %s", what, prefix, cause)
}
