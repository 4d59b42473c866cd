package layers

import (
	"fmt"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs"
)

// BatchNormalization normalizes each channel (the last axis) over the batch (Ioffe
// and Szegedy, 2015). It keeps moving averages of mean and variance for inference.
type BatchNormalization struct {
	Momentum float64 `json:"momentum"` // of the moving averages; 0 means Keras's 0.99
	Epsilon  float64 `json:"epsilon"`  // added to the variance; 0 means Keras's 0.001
	NoScale  bool    `json:"no_scale"` // Keras's scale=False: no gamma
	NoCenter bool    `json:"no_center"`
	Frozen   bool    `json:"frozen,omitempty"` // Keras's trainable=False: normalizes by the moving averages in training, too, and leaves them
}

// Kind returns Keras's name.
func (BatchNormalization) Kind() string { return "BatchNormalization" }

// OutputShape returns the input's shape.
func (n BatchNormalization) OutputShape(inputs ...[]int) ([]int, error) {
	input, err := single("BatchNormalization", inputs)
	if err != nil {
		return nil, err
	}
	if len(input) == 0 {
		return nil, fmt.Errorf("layers: BatchNormalization: input of shape %v: want [… channels]", input)
	}
	if !(n.Momentum >= 0 && n.Momentum <= 1) {
		return nil, fmt.Errorf("layers: BatchNormalization: momentum %g: want 0 to 1", n.Momentum)
	}
	if !(n.Epsilon >= 0) {
		return nil, fmt.Errorf("layers: BatchNormalization: epsilon %g: want 0 or more", n.Epsilon)
	}
	return input, nil
}

// Weights returns gamma (ones) and beta (zeros), then the state: the moving averages of
// mean (zeros) and variance (ones).
func (n BatchNormalization) Weights(inputs ...[]int) []graphs.Weight {
	channels := inputs[0][len(inputs[0])-1:]
	all := scaleAndCenter(inputs[0], n.NoScale, n.NoCenter)
	return append(all,
		graphs.Weight{Name: "moving_mean", Shape: channels, Initializer: graphs.Zeros, Role: graphs.State},
		graphs.Weight{Name: "moving_variance", Shape: channels, Initializer: graphs.Ones, Role: graphs.State})
}

// scaleAndCenter returns the trainable weights of a normalization: gamma (ones) and
// beta (zeros), one number per channel.
func scaleAndCenter(input []int, noScale, noCenter bool) []graphs.Weight {
	channels := input[len(input)-1:]
	var all []graphs.Weight
	if !noScale {
		all = append(all, graphs.Weight{Name: "gamma", Shape: channels, Initializer: graphs.Ones})
	}
	if !noCenter {
		all = append(all, graphs.Weight{Name: "beta", Shape: channels, Initializer: graphs.Zeros})
	}
	return all
}

// MultiplyAdds returns one for each number of the input.
func (BatchNormalization) MultiplyAdds(inputs ...[]int) int { return size(inputs[0]) }

// Build adds the normalization and, in training, the next values of the moving
// averages.
func (n BatchNormalization) Build(b *graphs.Builder, name string, inputs ...tf.Output) tf.Output {
	spec := graphs.BatchNorm{Mean: name + "/moving_mean", Variance: name + "/moving_variance", Momentum: n.Momentum, Epsilon: n.Epsilon, Frozen: n.Frozen}
	if n.Momentum == 0 {
		spec.Momentum = 0.99
	}
	if n.Epsilon == 0 {
		spec.Epsilon = 0.001
	}
	if !n.NoScale {
		spec.Gamma = name + "/gamma"
	}
	if !n.NoCenter {
		spec.Beta = name + "/beta"
	}
	return b.BatchNorm(inputs[0], spec)
}
