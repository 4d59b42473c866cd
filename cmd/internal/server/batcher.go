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

// Batching configures how requests share runs of the network.
type Batching struct {
	Off   bool          // run each request separately
	Max   int           // rows in a run; a larger request takes several runs
	Delay time.Duration // time that an incomplete batch waits for more requests
	Queue int           // maximum number of waiting requests; more are refused
	Runs  int           // number of concurrent runs
}

// errOverloaded is the response to a request that finds the queue full.
var errOverloaded = statusError{503, errors.New("too many requests are waiting: try again later")}

// batcher runs a model for many callers. Calls that arrive during a run wait, and then
// share the next run.
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
	rows      int    // 0 means that the job cannot share a run
	kind      string // only jobs of the same kind share a run
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

// close waits for the current runs. The caller must not start another run.
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

// batchable reports whether, according to the shapes, each row of a signature's outputs
// depends on one row of its inputs.
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

// serve runs jobs from the queue until the queue is closed.
func (b *batcher) serve() {
	// Tensors are allocated by the C library, which has a memory pool per thread: with
	// many threads, memory would keep growing for a long time.
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

// collect adds jobs that may share the run of first and that have arrived, or arrive in
// time. It also returns the first job that may not.
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
		if j == nil { // the queue is closed
			return batch, nil
		}
		if j.kind != first.kind || rows+j.rows > b.how.Max {
			return batch, j
		}
		batch, rows = append(batch, j), rows+j.rows
	}
	return batch, nil
}
