package fit

import (
	"fmt"
	"math"
)

// LearningRateSchedule returns a callback that sets the learning rate of each epoch,
// counted from 0, like Keras's LearningRateScheduler. It has no state to save, because
// the rate depends only on the epoch.
func LearningRateSchedule(rate func(epoch int) float64) Callback { return rateSchedule{rate: rate} }

type rateSchedule struct {
	Nothing
	rate func(epoch int) float64
}

func (s rateSchedule) Begin(r *Run) error { return s.set(r, r.Epoch) }

func (s rateSchedule) EpochEnd(r *Run) error { return s.set(r, r.Epoch+1) }

func (s rateSchedule) set(r *Run, epoch int) error {
	if epoch >= r.Epochs {
		return nil
	}
	rate := s.rate(epoch)
	if !(rate >= 0) || math.IsInf(rate, 0) {
		return fmt.Errorf("fit: learning rate schedule: %g for epoch %d: want a finite number of 0 or more", rate, epoch+1)
	}
	return r.Program.SetLearningRate(rate)
}
