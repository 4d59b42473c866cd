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
		p.weights = append(p.weights, newVariable(s, w.Name, tf.Float, int64s(w.Shape)...))
	}
	p.Inference = p.newStage(s, "inference", p.infer)
	if p.options.Optimizer == nil {
		return nil
	}
	p.iterations = newVariable(s, "iterations", tf.Int64)
	p.learningRate = newVariable(s, "learning_rate", tf.Float)
	reset = append(reset, p.iterations.zero(s, nil))
	for _, w := range trained(p.model.Weights()) {
		for _, slot := range p.options.Optimizer.Slots() {
			v := newVariable(s, w.Name+"/"+slot, tf.Float, int64s(w.Shape)...)
			p.slots = append(p.slots, v)
			reset = append(reset, v.zero(s, w.Shape))
		}
	}
	if p.options.Precision == MixedFloat16 {
		p.scaling = newLossScaling(s)
		reset = append(reset, p.scaling.reset(s)...)
	}
	p.Training = p.newStage(s, "training", p.train)
	p.buildBundle(s.SubScope("checkpoint"))
	return reset
}

// newStage adds a stage with its first step: for batches of any size or, where
// steps are for one size, for the one that is expected.
func (p *Program) newStage(s *op.Scope, name string, add func(*op.Scope, *Stage, *step, tf.Output, tf.Output)) *Stage {
	s = s.SubScope(name)
	st := newStage(s, name, p.model, p.options.static())
	st.deterministic = p.options.onlyDeterministic()
	st.add = func(s *op.Scope, built *step, images, labels tf.Output) { add(s, st, built, images, labels) }
	batch := anySize
	if p.options.static() {
		batch = cmp.Or(p.options.BatchSize, defaultBatch)
	}
	st.buildStep(s, batch)
	return st
}

// infer adds what an inference step does with a batch: forward pass, metrics.
func (p *Program) infer(s *op.Scope, st *Stage, built *step, images, labels tf.Output) {
	replicas := p.replicate(s, p.pass(s), cast(s, images, p.options.Precision.dtype()))
	st.measure(s.SubScope("metrics"), built, cast(s, replicas.logits(s), tf.Float), labels)
}

// train adds what a training step does with a batch: forward pass, metrics,
// gradients, updates.
func (p *Program) train(s *op.Scope, st *Stage, built *step, images, labels tf.Output) {
	pass := p.pass(s)
	pass.Training, pass.Seed, pass.Step = true, p.options.Seed, p.iterations.value
	replicas := p.replicate(s, pass, cast(s, images, p.options.Precision.dtype()))
	logits := replicas.logits(s)
	backprop := st.measure(s.SubScope("metrics"), built, cast(s, logits, tf.Float), labels)
	if p.scaling != nil {
		backprop = p.scaling.up(s, backprop)
	}
	if s.Err() != nil { // what failed has no gradient
		return
	}
	gradients := replicas.gradients(s, trained(p.model.Weights()), cast(s, backprop, logits.DataType()), tf.Float)
	if s.Err() == nil {
		built.targets = append(built.targets, p.keepState(s.SubScope("state"), replicas.updates, pass, gradients)...)
		built.targets = append(built.targets, p.update(s.SubScope("update"), gradients)...)
	}
}

// update adds the optimizer's operations, one for each weight, and counts the
// step.
func (p *Program) update(s *op.Scope, gradients []tf.Output) []*tf.Operation {
	rate := p.learningRate.value
	if p.options.Schedule != nil {
		rate = p.options.Schedule.Rate(s, rate, p.iterations.value)
	}
	var updates []*tf.Operation
	if p.scaling != nil {
		gradients, updates = p.scaling.down(s, gradients)
	}
	// An update waits for all gradients: while a backward pass still reads a
	// weight, TensorFlow would have to copy it.
	gradients = op.IdentityN(s.SubScope("ready"), gradients)
	slots := p.slots
	for i, v := range p.trained() {
		w := optim.Weight{Variable: v.handle, Gradient: gradients[i], LearningRate: rate, Iterations: p.iterations.value}
		for range p.options.Optimizer.Slots() {
			w.Slots = append(w.Slots, slots[0].handle)
			slots = slots[1:]
		}
		updates = append(updates, p.options.Optimizer.Update(s.SubScope(strconv.Itoa(i)), w))
	}
	counted := op.AssignAddVariableOp(s.SubScope("count").WithControlDependencies(updates...),
		p.iterations.handle, op.Const(s.SubScope("one"), int64(1)))
	return append(updates, counted)
}

// keepState adds the assignments of the state variables' next values. They wait for
// the gradients and for the one operation that reads the variable, so that all
// readers in the step see the old value.
func (p *Program) keepState(s *op.Scope, next map[string]tf.Output, pass Pass, gradients []tf.Output) []*tf.Operation {
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
			s.UpdateErr("Update", fmt.Errorf("weight %q is trained: only a state variable has updates", w.Name))
			return nil
		}
		own := s.SubScope(w.Name)
		after := append(slices.Clone(ready), pass.Float32[w.Name].Op)
		kept = append(kept, op.AssignVariableOp(own.WithControlDependencies(after...), p.weights[i].handle, cast(own, value, tf.Float)))
	}
	return kept
}

// trained are the variables that the optimizer changes.
func (p *Program) trained() []variable {
	var all []variable
	for i, w := range p.model.Weights() {
		if w.Role == Trained {
			all = append(all, p.weights[i])
		}
	}
	return all
}

// pass reads each weight once for a pass, as it is and in the type that layers
// compute in.
func (p *Program) pass(s *op.Scope) Pass {
	pass := Pass{Deterministic: p.options.onlyDeterministic(), Weights: map[string]tf.Output{}, Float32: map[string]tf.Output{}}
	for _, v := range p.weights {
		value := op.ReadVariableOp(s.SubScope("read/"+v.name), v.handle, tf.Float)
		pass.Float32[v.name], pass.Weights[v.name] = value, cast(s, value, p.options.Precision.dtype())
	}
	return pass
}
