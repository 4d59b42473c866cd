package serving

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
)

// ErrClosed is returned by methods of a Model after its Close.
var ErrClosed = errors.New("serving: the model is closed")

// Options are the settings of Load.
type Options struct {
	Device  graphs.Device // "" means a GPU if there is one
	Threads int           // in an operation and between operations; 0 means one per core
	Name    string        // of the model; "" means according to its folder
	Version int64         // of the model; 0 means according to its folder
}

// Model is a trained model with its session. It is safe for concurrent use.
type Model struct {
	location   Location
	signatures []Signature
	classes    []string

	mu     sync.RWMutex // held for reading during a computation
	engine *engine      // nil after Close
	memory pressure
}

// Load loads the SavedModel in a folder (see Locate) and opens a session for it.
func Load(dir string, o Options) (*Model, error) {
	location, err := Locate(dir)
	if err != nil {
		return nil, err
	}
	meta, err := readMetaGraph(location.Dir)
	if err != nil {
		return nil, err
	}
	settings, err := sessionOptions(o)
	if err != nil {
		return nil, err
	}
	engine, err := loadModel(location.Dir, meta.tags, settings)
	if err != nil {
		return nil, fmt.Errorf("serving: load %s: %w", location.Dir, err)
	}
	location.Name, location.Version = cmp.Or(o.Name, location.Name), cmp.Or(o.Version, location.Version)
	return &Model{location: location, signatures: meta.signatures, classes: meta.classes, engine: engine}, nil
}

// Name returns the name of the model.
func (m *Model) Name() string { return m.location.Name }

// Version returns the model's version number, or 1 if the model has no versions.
func (m *Model) Version() int64 { return m.location.Version }

// Classes returns the names of the model's classes, or nil if it has none. Do not
// modify the slice.
func (m *Model) Classes() []string { return m.classes }

// Signatures returns the model's signatures, sorted by name. Do not modify the slice.
func (m *Model) Signatures() []Signature { return m.signatures }

// Signature returns the signature of the given name. The name "" means
// DefaultSignature, or else the only signature.
func (m *Model) Signature(name string) (Signature, error) {
	want := name
	if want == "" {
		want = DefaultSignature
	}
	for _, s := range m.signatures {
		if s.Name == want {
			return s, nil
		}
	}
	switch {
	case len(m.signatures) == 0:
		return Signature{}, fmt.Errorf("serving: model %s has no signatures: export it with signatures (tf.saved_model.save(..., signatures=...))", m.Name())
	case name == "" && len(m.signatures) == 1:
		return m.signatures[0], nil
	}
	texts := make([]string, len(m.signatures))
	for i, s := range m.signatures {
		texts[i] = s.String()
	}
	return Signature{}, fmt.Errorf("serving: model %s has no signature %q: want one of: %s", m.Name(), want, strings.Join(texts, "; "))
}

// Run computes a signature: it takes every input and returns all outputs by name. It
// checks the context only before the computation, which cannot be interrupted.
func (m *Model) Run(ctx context.Context, signature string, inputs map[string]*tf.Tensor) (map[string]*tf.Tensor, error) {
	s, err := m.Signature(signature)
	if err != nil {
		return nil, err
	}
	return m.compute(ctx, s, inputs)
}

func (m *Model) compute(ctx context.Context, s Signature, inputs map[string]*tf.Tensor) (map[string]*tf.Tensor, error) {
	if err := s.check(inputs); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.engine == nil {
		return nil, ErrClosed
	}
	feeds, fetches, err := m.resolve(s, inputs)
	if err != nil {
		return nil, err
	}
	results, err := m.engine.run(feeds, fetches)
	if err != nil {
		return nil, fmt.Errorf("serving: run signature %s of model %s: %w", s.Name, m.Name(), err)
	}
	outputs := make(map[string]*tf.Tensor, len(results))
	for i, out := range s.Outputs {
		outputs[out.Name] = results[i]
	}
	m.memory.count(inputs, outputs)
	return outputs, nil
}

// check checks the inputs against the signature.
func (s Signature) check(inputs map[string]*tf.Tensor) error {
	for _, in := range s.Inputs {
		t, ok := inputs[in.Name]
		if !ok || t == nil {
			return fmt.Errorf("serving: input %q is missing: want %s", in.Name, s)
		}
		if s.takesExamples() && t.DataType() == tf.String {
			continue
		}
		if t.DataType() != in.DType || !in.takes(t.Shape()) {
			return fmt.Errorf("serving: input %q is %s%s: want %s%s", in.Name,
				DTypeName(t.DataType()), dims(t.Shape()), DTypeName(in.DType), in.dims())
		}
	}
	for name := range inputs {
		if _, ok := s.Input(name); !ok {
			return fmt.Errorf("serving: no input %q: want %s", name, s)
		}
	}
	return nil
}

// takesExamples reports whether a signature is one of Serving's that take serialized
// tf.Examples. The input of such a signature is strings even if the signature has
// another type (TensorFlow Serving's half_plus_three has float).
func (s Signature) takesExamples() bool {
	return s.Method == "tensorflow/serving/classify" || s.Method == "tensorflow/serving/regress"
}

// resolve returns the tensors of the graph for a signature.
func (m *Model) resolve(s Signature, inputs map[string]*tf.Tensor) (map[tf.Output]*tf.Tensor, []tf.Output, error) {
	feeds := make(map[tf.Output]*tf.Tensor, len(s.Inputs))
	for _, in := range s.Inputs {
		o, err := m.engine.output(in.Graph)
		if err != nil {
			return nil, nil, fmt.Errorf("serving: input %q of signature %s: %w", in.Name, s.Name, err)
		}
		feeds[o] = inputs[in.Name]
	}
	fetches := make([]tf.Output, len(s.Outputs))
	for i, out := range s.Outputs {
		o, err := m.engine.output(out.Graph)
		if err != nil {
			return nil, nil, fmt.Errorf("serving: output %q of signature %s: %w", out.Name, s.Name, err)
		}
		fetches[i] = o
	}
	return feeds, fetches, nil
}

// Close waits for the running computations, closes the session and frees the model's
// memory. Calling Close again has no effect.
func (m *Model) Close() error {
	m.mu.Lock()
	engine := m.engine
	m.engine = nil
	m.mu.Unlock()
	if engine == nil {
		return nil
	}
	return engine.close()
}
