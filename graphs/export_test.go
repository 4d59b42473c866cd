package graphs

import (
	"time"

	tf "github.com/wamuir/graft/tensorflow"
)

// TimeTraining makes the training stage add the time of its session's runs to
// what is returned.
func TimeTraining(p *Program) *time.Duration {
	t := &timed{runner: p.Training.session}
	p.Training.session = t
	return &t.spent
}

type timed struct {
	runner
	spent time.Duration
}

func (t *timed) Run(feeds map[tf.Output]*tf.Tensor, fetches []tf.Output, targets []*tf.Operation) ([]*tf.Tensor, error) {
	start := time.Now()
	defer func() { t.spent += time.Since(start) }()
	return t.runner.Run(feeds, fetches, targets)
}
