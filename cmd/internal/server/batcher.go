package server

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/tflab/tflab/graphs/serving"
)

// Batching says how requests share runs of the network.
type Batching struct {
	Off   bool          // each request has runs of its own
	Max   int           // rows in a run; a larger request takes several runs
	Delay time.Duration // how long a run that is not full waits for more
	Queue int           // requests that may wait; more are refused
	Runs  int           // runs at a time
}

// errOverloaded is the answer to a request for which there is no room.
var errOverloaded = statusError{503, errors.New("too many requests wait already: try again later")}

// batcher runs a model for many callers. Runs that arrive while one is under way
// wait, and then share the next.
type batcher struct {
	model Model
	how   Batching
	queue chan *job
	done  sync.WaitGroup
}

// job is one caller's run.
type job struct {
	ctx       context.Context
	signature string
	inputs    tensors
	rows      int    // 0: cannot share a run
	kind      string // jobs of one kind may share a run
	answer    chan result
}

type result struct {
	outputs tensors
	err     error
}

func newBatcher(m Model, how Batching) *batcher {
	b := &batcher{model: m, how: how, queue: make(chan *job, how.Queue)}
	for range how.Runs {
		b.done.Go(b.serve)
	}
	return b
}

// close waits for the runs under way. No run may be asked for any more.
func (b *batcher) close() {
	close(b.queue)
	b.done.Wait()
}

// run computes the outputs of a signature.
func (b *batcher) run(ctx context.Context, signature string, inputs tensors, rows int) (tensors, error) {
	j := &job{ctx: ctx, signature: signature, inputs: inputs, answer: make(chan result, 1)}
	if b.batchable(signature, rows) {
		j.rows, j.kind = rows, kindOf(signature, inputs)
	}
	select {
	case b.queue <- j:
	default:
		return nil, errOverloaded
	}
	select {
	case r := <-j.answer:
		return r.outputs, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// batchable says whether each row of a signature's outputs comes from one row of
// its inputs, as far as the shapes tell.
func (b *batcher) batchable(signature string, rows int) bool {
	i := slices.IndexFunc(b.model.Signatures(), func(s serving.Signature) bool { return s.Name == signature })
	if rows < 1 || i < 0 {
		return false
	}
	s := b.model.Signatures()[i]
	return !slices.ContainsFunc(slices.Concat(s.Inputs, s.Outputs), func(t serving.Tensor) bool {
		return !t.Known || len(t.Shape) == 0 || t.Shape[0] != -1
	})
}

func kindOf(signature string, inputs tensors) string {
	var shapes []string
	for name, t := range inputs {
		shapes = append(shapes, name+shapeText(t.shape[1:]))
	}
	slices.Sort(shapes)
	return fmt.Sprint(signature, shapes)
}

// serve takes jobs from the queue until it is closed.
func (b *batcher) serve() {
	// Tensors are allocated by the C library, which has a pool of memory for each
	// thread that allocates: those of many threads together grow for long.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var next *job
	for {
		if next == nil {
			var open bool
			if next, open = <-b.queue; !open {
				return
			}
		}
		var batch []*job
		batch, next = b.collect(next)
		b.answer(batch)
	}
}

// collect adds to a job what may share its run and has arrived, or arrives in
// time. It returns the first job that may not, too.
func (b *batcher) collect(first *job) (batch []*job, next *job) {
	batch = []*job{first}
	if b.how.Off || first.rows == 0 {
		return batch, nil
	}
	var late <-chan time.Time
	for rows := first.rows; rows < b.how.Max; {
		var j *job
		select {
		case j = <-b.queue:
		default:
			if b.how.Delay <= 0 {
				return batch, nil
			}
			if late == nil {
				timer := time.NewTimer(b.how.Delay)
				defer timer.Stop()
				late = timer.C
			}
			select {
			case j = <-b.queue:
			case <-late:
				return batch, nil
			}
		}
		if j == nil { // closed
			return batch, nil
		}
		if j.kind != first.kind || rows+j.rows > b.how.Max {
			return batch, j
		}
		batch, rows = append(batch, j), rows+j.rows
	}
	return batch, nil
}
