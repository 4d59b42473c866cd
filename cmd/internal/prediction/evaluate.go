package prediction

import (
	"context"
	"fmt"
	"math"

	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// leastProbability is the lower bound of a probability in the loss, as in Keras's
// categorical_crossentropy of probabilities (backend.epsilon).
const leastProbability = 1e-7

// Evaluate computes the scores of a network on labelled images. The network's output
// must be probabilities.
func Evaluate(ctx context.Context, c serving.Classifier, test *dataset.Set) (fit.Score, error) {
	var score fit.Score
	if got, want := test.Shape(), c.InputShape(); got != want {
		return score, fmt.Errorf("images of %dx%dx%d: want %dx%dx%d, as the network takes", got[0], got[1], got[2], want[0], want[1], want[2])
	}
	classes := len(c.Classes())
	if got := len(test.Classes()); got != classes {
		return score, fmt.Errorf("images of %d classes: want %d, as the network has", got, classes)
	}
	for lo := 0; lo < test.Len(); lo += batch {
		part := test.Slice(lo, lo+batch)
		values, err := c.Predict(ctx, serving.Images{Bytes: part.Images()})
		if err != nil {
			return score, err
		}
		for i, label := range part.Labels() {
			p := newPrediction("", values[i*classes:(i+1)*classes])
			if !(Result{Predictions: []Prediction{p}}).Distribution() {
				return score, fmt.Errorf("example %d: the network's output is not a distribution over the classes: want a network that ends in a softmax", lo+i)
			}
			if p.Ranked[0] == int(label) {
				score.Accuracy++
			}
			score.Loss -= math.Log(max(float64(p.Probabilities[label]), leastProbability))
		}
	}
	n := float64(test.Len())
	return fit.Score{Loss: score.Loss / n, Accuracy: score.Accuracy / n}, nil
}
