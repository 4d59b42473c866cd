package graphs

import (
	"fmt"
	"time"

	tf "github.com/wamuir/graft/tensorflow"
)

// TimeTraining measures the time of the training stage's session runs and returns a
// pointer to their sum.
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

// DeviceNames returns the devices of the operations that use a weight or a slot of the
// optimizer; "" means no device.
func DeviceNames(p *Program) (consumers int, named []string) {
	for _, v := range append(append([]variable(nil), p.weights...), p.slots...) {
		for _, c := range append(v.handle.Consumers(), tf.Consumer{Op: v.handle.Op}) {
			consumers++
			if device := c.Op.Device(); device != "" {
				named = append(named, fmt.Sprintf("%s (%s) on %s", c.Op.Name(), v.name, device))
			}
		}
	}
	return consumers, named
}
