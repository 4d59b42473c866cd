package graphs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"
	"github.com/wamuir/graft/tensorflow/op"

	"github.com/tflab/tflab/graphs/optim"
)

// build adds everything to the graph. It returns the operations that set the
// optimizer's state to zero.
func (p *Program) build(s *op.Scope) (reset []*tf.Operation) {
	for _, w := range p.model.Weights() {
		p.weights = append(p.weights, p.mirrors.variable(s, w.Name, tf.Float, int64s(w.Shape)...))
	}
	p.Inference = p.newStage(s, "inference", p.infer)
	if p.options.Optimizer == nil {
		return nil
	}
	p.iterations = p.mirrors.variable(s, "iterations", tf.Int64)
	p.learningRate = p.mirrors.variable(s, "learning_rate", tf.Float)
	reset = append(reset, p.iterations.zero(s, nil))
	for _, w := range trained(p.model.Weights()) {
		for _, slot := range p.options.Optimizer.Slots() {
			shape := w.Shape
			if slot.Scalar {
				shape = nil
			}
			v := p.mirrors.variable(s, w.Name+"/"+slot.Name, tf.Float, int64s(shape)...)
			p.slots = append(p.slots, v)
			reset = append(reset, v.fill(s, shape, slot.Initial))
		}
	}
	if p.options.Precision == MixedFloat16 {
		p.scaling = newLossScaling(s, p.mirrors)
		reset = append(reset, p.scaling.reset(s)...)
	}
	p.Training = p.newStage(s, "training", p.train)
	p.buildBundle(s.SubScope("checkpoint"))
	if p.options.Cluster.used() && s.Err() == nil {
		p.Training.mirrored = p.mirrors.align(s.SubScope("align"), p.bundle.variables)
	}
	return reset
}

// newStage adds a stage with its first step: for batches of any size or, if each batch
// size has its own step, for the expected size.
func (p *Program) newStage(s *op.Scope, name string, add func(*op.Scope, *Stage, *step, []share)) *Stage {
	s = s.SubScope(name)
	st := newStage(s, name, p.model, p.options.static(), p.mirrors)
	st.deterministic, st.loss = p.options.onlyDeterministic(), p.options.Loss
	st.add = func(s *op.Scope, built *step, batch []share) { add(s, st, built, batch) }
	st.placed = p.place
	if p.options.Cluster.used() {
		st.inPieces = newPieces(s, st)
	}
	batch := anySize
	if p.options.static() {
		batch = cmp.Or(p.options.BatchSize, defaultBatch)
	}
	st.buildStep(s, batch)
	return st
}

// infer adds the operations of an inference step: forward pass and metrics.
func (p *Program) infer(s *op.Scope, st *Stage, built *step, batch []share) {
	passes := p.passes(s)
	p.measure(s, st, built, p.forward(s, passes, batch), batch, p.penalties(p.mirrors.scope(s, 0), passes[0]))
}

// train adds the operations of a training step: forward pass, metrics, gradients and
// updates.
func (p *Program) train(s *op.Scope, st *Stage, built *step, batch []share) {
	passes := p.passes(s)
	for i := range passes {
		passes[i].Training, passes[i].Seed, passes[i].Step = true, p.options.Seed, p.iterations.on(i).value
	}
	replicas := p.forward(s, passes, batch)
	upstream := p.measure(s, st, built, replicas, batch, p.penalties(p.mirrors.scope(s, 0), passes[0]))
	if s.Err() != nil { // an invalid operation has no gradients
		return
	}
	gradients := p.reduce(s, replicas.gradients(s, trained(p.model.Weights()), upstream, tf.Float))
	for i, sums := range gradients {
		if s.Err() != nil {
			return
		}
		own := p.mirrors.scope(s, i)
		changed := p.keepState(own.SubScope("state"), i, replicas.towers[i].updates, passes[i], sums)
		changed = append(changed, p.update(own.SubScope("update"), i, passes[i], sums)...)
		if p.mirrors > 1 { // short names, since they are part of the messages of each step
			changed = []*tf.Operation{op.NoOp(own.SubScope("done").WithControlDependencies(changed...))}
		}
		built.targets = append(built.targets, changed...)
	}
}

// forward adds the forward passes.
func (p *Program) forward(s *op.Scope, passes []Pass, batch []share) *replicas {
	for i := range batch {
		batch[i].images = cast(p.mirrors.scope(s, i), batch[i].images, p.options.Precision.dtype())
	}
	return p.replicate(s, passes, batch)
}

// measure adds the metrics, and returns the gradients of the mean loss with respect to
// the logits: all logits, or those of each mirror. penalties is the value that
// regularizers add to the mean loss of the batch, on the first mirror; it is unset if
// there are none.
func (p *Program) measure(s *op.Scope, st *Stage, built *step, r *replicas, batch []share, penalties tf.Output) (upstream []tf.Output) {
	for i, logits := range r.logits(s) {
		own := p.mirrors.scope(s, i)
		backprop := st.measure(own.SubScope("metrics"), built, cast(own, logits, tf.Float), batch[i], penalties)
		penalties = tf.Output{} // the penalties count only once
		if p.scaling != nil && r.tape.recording {
			backprop = p.scaling.on(i).up(own, backprop)
		}
		if s.Err() != nil {
			return nil
		}
		upstream = append(upstream, cast(own, backprop, logits.DataType()))
	}
	st.keepSums(s.SubScope("metrics"), built)
	return upstream
}

// update adds the optimizer's operations on a mirror, one for each weight, and counts
// the step.
func (p *Program) update(s *op.Scope, mirror int, pass Pass, gradients []tf.Output) []*tf.Operation {
	rate, iterations := p.learningRate.on(mirror).value, p.iterations.on(mirror)
	if p.options.Schedule != nil {
		rate = p.options.Schedule.Rate(s, rate, iterations.value)
	}
	var updates []*tf.Operation
	if p.scaling != nil {
		gradients, updates = p.scaling.on(mirror).down(s, gradients)
	}
	gradients = p.regularized(s, pass, gradients)
	if c, clips := p.options.Optimizer.(optim.Clipper); clips {
		gradients = c.Clip(s, gradients)
	}
	// An update waits for all gradients: if a backward pass still read a weight,
	// TensorFlow would have to copy the weight.
	gradients = op.IdentityN(s.SubScope("ready"), gradients)
	slots, weights := p.slots, trained(p.model.Weights())
	for i, v := range p.trained() {
		w := optim.Weight{Variable: v.on(mirror).handle, Gradient: gradients[i], LearningRate: rate, Iterations: iterations.value}
		for range p.options.Optimizer.Slots() {
			w.Slots = append(w.Slots, slots[0].on(mirror).handle)
			slots = slots[1:]
		}
		updates = append(updates, constrain(s, v.on(mirror), weights[i].Constraint, p.options.Optimizer.Update(s.SubScope(strconv.Itoa(i)), w)))
	}
	counted := op.AssignAddVariableOp(s.SubScope("count").WithControlDependencies(updates...),
		iterations.handle, op.Const(s.SubScope("one"), int64(1)))
	return append(updates, counted)
}

// keepState adds the assignments of the state variables' next values on a mirror. They
// wait for the gradients and for the single operation that reads the variable, so that
// all readers in the step see the old value.
func (p *Program) keepState(s *op.Scope, mirror int, next map[string]tf.Output, pass Pass, gradients []tf.Output) []*tf.Operation {
	var ready, kept []*tf.Operation
	for _, g := range gradients {
		ready = append(ready, g.Op)
	}
	for i, w := range p.model.Weights() {
		value, changes := next[w.Name]
		if !changes {
			continue
		}
		if w.Role != State {
			s.UpdateErr("Update", fmt.Errorf("weight %q is trained: only a state variable can have updates", w.Name))
			return nil
		}
		own := s.SubScope(w.Name)
		after := append(slices.Clone(ready), pass.Float32[w.Name].Op)
		kept = append(kept, op.AssignVariableOp(own.WithControlDependencies(after...), p.weights[i].on(mirror).handle, cast(own, value, tf.Float)))
	}
	return kept
}

// trained returns the variables that the optimizer changes.
func (p *Program) trained() []variable {
	var all []variable
	for i, w := range p.model.Weights() {
		if w.Role == Trained {
			all = append(all, p.weights[i])
		}
	}
	return all
}

// passes returns one pass per mirror.
func (p *Program) passes(s *op.Scope) []Pass {
	var all []Pass
	for i := range p.mirrors.all() {
		all = append(all, p.pass(p.mirrors.scope(s, i), i))
	}
	return all
}

// pass reads each weight of a mirror once for a pass, as float32 and in the type in
// which layers compute.
func (p *Program) pass(s *op.Scope, mirror int) Pass {
	pass := Pass{Deterministic: p.options.onlyDeterministic(), Weights: map[string]tf.Output{}, Float32: map[string]tf.Output{}}
	for _, v := range p.weights {
		value := op.ReadVariableOp(s.SubScope("read/"+v.name), v.on(mirror).handle, tf.Float)
		pass.Float32[v.name], pass.Weights[v.name] = value, cast(s, value, p.options.Precision.dtype())
	}
	return pass
}
