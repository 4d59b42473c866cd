package graphs

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"
)

// SetLearningRate sets the initial rate of the schedule. It returns an error if the
// rate depends only on the step.
func (p *Program) SetLearningRate(rate float64) error {
	if p.Training == nil {
		return errNoOptimizer
	}
	if p.FollowsSchedule() {
		return fmt.Errorf("graphs: the learning rate follows a schedule of its own and cannot be set to %g: want a program without the schedule", rate)
	}
	return p.setLearningRate(rate)
}

// FollowsSchedule reports whether the learning rate depends only on the step, so that
// it cannot be set.
func (p *Program) FollowsSchedule() bool { s := p.options.Schedule; return s != nil && s.Fixed() }

func (p *Program) setLearningRate(rate float64) error {
	var all state
	t, err := tf.NewTensor(float32(rate))
	all.set(p.learningRate, t, err)
	return all.apply(p.session)
}

// LearningRate returns the rate of the next step, according to the schedule.
func (p *Program) LearningRate() (float64, error) {
	rate, iterations, err := p.rate()
	if err != nil || p.options.Schedule == nil {
		return rate, err
	}
	return p.options.Schedule.At(rate, iterations), nil
}

// BaseLearningRate returns the initial rate of the schedule, as set by SetLearningRate.
func (p *Program) BaseLearningRate() (float64, error) {
	rate, _, err := p.rate()
	return rate, err
}

// rate reads the base rate and the number of steps done.
func (p *Program) rate() (base float64, iterations int64, err error) {
	if p.Training == nil {
		return 0, 0, errNoOptimizer
	}
	out, err := p.session.Run(nil, []tf.Output{p.learningRate.value, p.iterations.value}, nil)
	if err != nil {
		return 0, 0, fmt.Errorf("graphs: learning rate: %w", err)
	}
	return shortest(out[0].Value().(float32)), out[1].Value().(int64), nil
}
