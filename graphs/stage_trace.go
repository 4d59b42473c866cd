package graphs

import (
	"errors"
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs/trace"
)

// Trace makes TensorFlow record the training steps from now on, and passes each of them
// to record. A nil record ends the recording. The program must have been compiled with
// Options.Traced.
func (p *Program) Trace(record func(trace.Step)) error {
	if p.Training == nil {
		return errNoOptimizer
	}
	if !p.options.Traced {
		return errors.New("graphs: the program was compiled without a trace: set Options.Traced")
	}
	local, ok := p.session.(*tf.Session)
	if !ok {
		return errors.New("graphs: steps on a cluster cannot be traced: profile a run of one process")
	}
	if t, traced := p.Training.session.(*tracedSession); traced {
		p.Training.session = t.runner
	}
	if record != nil {
		p.Training.session = &tracedSession{runner: p.Training.session, session: local, record: record}
	}
	return nil
}

// tracedSession records the runs that feed and fetch nothing, which are the steps.
type tracedSession struct {
	runner
	session *tf.Session
	record  func(trace.Step)
}

// Run implements runner.
func (t *tracedSession) Run(feeds map[tf.Output]*tf.Tensor, fetches []tf.Output, targets []*tf.Operation) ([]*tf.Tensor, error) {
	if len(feeds)+len(fetches) > 0 {
		return t.runner.Run(feeds, fetches, targets)
	}
	step, err := trace.Run(t.session, targets)
	if err != nil {
		return nil, fmt.Errorf("graphs: traced step: %w", err)
	}
	t.record(step)
	return nil, nil
}
