package graphs

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/cluster"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/release"
)

// Program is a compiled model: one graph, one session. It is not safe for
// concurrent use.
type Program struct {
	Training  *Stage // nil without an optimizer
	Inference *Stage

	model   Model
	options Options
	graph   *tf.Graph
	session session
	notices []string

	mirrors   mirrors
	devices   []string           // devices of the mirrors
	placement *cluster.Placement // nil means that TensorFlow finds the devices
	reset     []*tf.Operation    // set the variables other than weights to their initial values

	weights      []variable
	slots        []variable
	iterations   variable     // int64, training steps done
	learningRate variable     // float32, before the schedule
	scaling      *lossScaling // nil except with MixedFloat16
	bundle       bundle
	noJIT        error // why XLA does not compile although it was requested
}

// errNoOptimizer is returned by methods that need training if the program was compiled
// for inference.
var errNoOptimizer = errors.New("graphs: the program was compiled without an optimizer: set Options.Optimizer")

// Compile builds the graph of a model, opens a session and draws the initial weights
// from the seed.
func Compile(m Model, o Options) (*Program, error) {
	if err := release.Check(release.Loaded()); err != nil {
		return nil, fmt.Errorf("graphs: %w", err)
	}
	if o.Cluster.used() {
		return compileOnCluster(m, o)
	}
	chosen, err := o.Device.choose()
	if err != nil {
		return nil, err
	}
	asked := o.Device
	o.Device = chosen.device
	p, err := compile(m, o)
	if errors.As(err, &deviceError{}) && !asked.wantsGPU() && o.Device.wantsGPU() {
		chosen, o.Device = onCPU(err), CPU
		p, err = compile(m, o)
	}
	if err != nil {
		return nil, err
	}
	p.notices = chosen.notices
	return p, nil
}

// compile implements Compile for a resolved device: the CPU or a numbered GPU.
func compile(m Model, o Options) (*Program, error) {
	p := &Program{model: m, options: o}
	if o.Replicas > 1 && o.Device.wantsGPU() {
		p.mirrorOnGPUs()
	}
	if err := p.buildGraph(); err != nil {
		return nil, err
	}
	settings, err := o.sessionOptions()
	if err != nil {
		return nil, err
	}
	if o.UsesJIT() {
		if settings, err = p.tryJIT(settings); err != nil {
			return nil, err
		}
	}
	p.session, err = tf.NewSession(p.graph, settings)
	if err != nil {
		return nil, deviceError{fmt.Errorf("graphs: open a session on %s: %w", o.Device, memoryError(err, o.Device, 0))}
	}
	if err := p.start(); err != nil {
		p.Close()
		if err = memoryError(err, o.Device, 0); errors.As(err, new(*MemoryError)) {
			err = deviceError{fmt.Errorf("graphs: %w", err)}
		}
		return nil, err
	}
	return p, nil
}

// buildGraph builds the graph.
func (p *Program) buildGraph() error {
	scope := op.NewScope()
	p.reset = p.build(scope)
	if err := scopeError(scope); err != nil {
		return fmt.Errorf("%w (building %s)", err, p.model.Name())
	}
	graph, err := scope.Finalize()
	if err != nil {
		return fmt.Errorf("graphs: %w", err)
	}
	p.graph = graph
	if len(p.devices) > 0 {
		p.placement = cluster.NewPlacement(graph)
	}
	return p.place()
}

// start sets all variables except the data to their initial values.
func (p *Program) start() error {
	if err := p.checkDevice(); err != nil {
		return err
	}
	for _, st := range []*Stage{p.Training, p.Inference} {
		if st != nil {
			st.session = &memorySession{p.session, p.options.Device, p.memory()}
			st.graph, st.limit = p.graph, p.options.MemoryLimit
		}
	}
	p.limitData()
	if len(p.reset) > 0 {
		if _, err := p.session.Run(nil, nil, p.reset); err != nil {
			return fmt.Errorf("graphs: initial state: %w", err)
		}
	}
	if p.options.Optimizer != nil {
		rate := p.options.Optimizer.LearningRate()
		if p.FollowsSchedule() {
			rate = p.options.Schedule.At(rate, 0)
		}
		if err := p.setLearningRate(rate); err != nil {
			return err
		}
	}
	return p.SetWeights(InitialWeights(p.model, p.options.Seed))
}

// Close closes the session. The program must not be used afterwards.
func (p *Program) Close() error {
	for _, st := range []*Stage{p.Training, p.Inference} {
		if st != nil {
			st.source.close()
			st.source = nil
		}
	}
	if p.bundle.files != nil {
		err := p.bundle.files.session.Close()
		return errors.Join(err, p.session.Close())
	}
	return p.session.Close()
}

// Model returns the compiled model.
func (p *Program) Model() Model { return p.model }

// Weights reads the weights, in the model's order.
func (p *Program) Weights() ([]npy.Entry, error) {
	fetches := make([]tf.Output, len(p.weights))
	for i, v := range p.weights {
		fetches[i] = v.value
	}
	tensors, err := p.session.Run(nil, fetches, nil)
	if err != nil {
		return nil, fmt.Errorf("graphs: read weights: %w", err)
	}
	entries := make([]npy.Entry, len(tensors))
	for i, w := range p.model.Weights() {
		values, err := floats(tensors[i])
		if err != nil {
			return nil, fmt.Errorf("graphs: read %s: %w", w.Name, err)
		}
		entries[i] = npy.Entry{Name: w.Name, Array: npy.New(w.Shape, values)}
	}
	return entries, nil
}

// SetWeights sets all weights. If an array is unknown, missing, of another shape or not
// finite, it returns an error and changes nothing.
func (p *Program) SetWeights(entries []npy.Entry) error {
	arrays, err := CheckWeights(p.model, entries)
	if err != nil {
		return err
	}
	var all state
	for i, w := range p.model.Weights() {
		t, err := floatTensor(w.Shape, arrays[i])
		all.set(p.weights[i], t, err)
	}
	return all.apply(p.session)
}

// Devices lists the devices that TensorFlow offers to this program.
func (p *Program) Devices() ([]tf.Device, error) { return p.session.ListDevices() }

// tensorReader reads the contents of a tensor.
func tensorReader(t *tf.Tensor) io.Reader {
	var b bytes.Buffer
	_, _ = t.WriteContentsTo(&b) // writing to a bytes.Buffer does not fail
	return &b
}
