package server

import (
	"context"
	"fmt"
	"slices"

	tf "github.com/wamuir/graft/tensorflow"
)

// answer runs a batch and sends each job its part of the outputs.
func (b *batcher) answer(batch []*job) {
	batch = slices.DeleteFunc(batch, func(j *job) bool { return j.ctx.Err() != nil })
	if len(batch) > 1 {
		if parts, ok := b.together(batch); ok {
			for i, j := range batch {
				j.answer <- result{outputs: parts[i]}
			}
			return
		}
	}
	for _, j := range batch { // separately, so that an error reaches only the request that caused it
		outputs, err := b.alone(j)
		j.answer <- result{outputs, err}
	}
}

// together runs jobs as one batch. It fails if one of them fails, or if the outputs
// cannot be split.
func (b *batcher) together(batch []*job) (parts []tensors, ok bool) {
	joined := tensors{}
	for name := range batch[0].inputs {
		var all []tensor
		for _, j := range batch {
			all = append(all, j.inputs[name])
		}
		joined[name] = join(all)
	}
	outputs, err := b.once(context.Background(), batch[0].signature, joined)
	if err != nil {
		return nil, false
	}
	rows := 0
	for _, j := range batch {
		rows += j.rows
	}
	parts = make([]tensors, len(batch))
	for name, t := range outputs {
		if t.rows() != rows {
			return nil, false
		}
		from := 0
		for i, j := range batch {
			if parts[i] == nil {
				parts[i] = tensors{}
			}
			parts[i][name] = t.slice(from, from+j.rows)
			from += j.rows
		}
	}
	return parts, true
}

// alone runs one job, in several runs if it is large.
func (b *batcher) alone(j *job) (tensors, error) {
	if j.rows <= b.how.Max {
		return b.once(j.ctx, j.signature, j.inputs)
	}
	parts := map[string][]tensor{}
	for from := 0; from < j.rows; from += b.how.Max {
		to := min(from+b.how.Max, j.rows)
		inputs := tensors{}
		for name, t := range j.inputs {
			inputs[name] = t.slice(from, to)
		}
		outputs, err := b.once(j.ctx, j.signature, inputs)
		if err != nil {
			return nil, err
		}
		for name, t := range outputs {
			if t.rows() != to-from {
				return nil, fmt.Errorf("output %q has %d rows for %d of the input: want as many", name, t.rows(), to-from)
			}
			parts[name] = append(parts[name], t)
		}
	}
	outputs := tensors{}
	for name, all := range parts {
		outputs[name] = join(all)
	}
	return outputs, nil
}

// once runs the model once.
func (b *batcher) once(ctx context.Context, signature string, inputs tensors) (_ tensors, err error) {
	defer func() {
		if p := recover(); p != nil { // package net/http does not recover panics on this goroutine
			err = fmt.Errorf("internal error: %v", p)
		}
	}()
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	feeds := map[string]*tf.Tensor{}
	for name, t := range inputs {
		value, err := t.toTF()
		if err != nil {
			return nil, err
		}
		feeds[name] = value
	}
	fetched, err := b.model.Run(ctx, signature, feeds)
	if err != nil {
		return nil, err
	}
	outputs := tensors{}
	for name, t := range fetched {
		if outputs[name], err = fromTF(t); err != nil {
			return nil, fmt.Errorf("output %q: %w", name, err)
		}
	}
	return outputs, nil
}
