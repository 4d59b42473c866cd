package prediction

import (
	"context"
	"fmt"
	"math"

	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/serving"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// leastProbability is what a probability counts as at least in the loss, as in
// Keras's categorical_crossentropy of probabilities (backend.epsilon).
const leastProbability = 1e-7

// Evaluate measures a network on labelled images. Its output has to be
// probabilities.
func Evaluate(ctx context.Context, c serving.Classifier, test *dataset.Set) (fit.Score, error) {
	var score fit.Score
	if got, want := test.Shape(), c.InputShape(); got != want {
		return score, fmt.Errorf("images of %dx%dx%d: the network takes %dx%dx%d", got[0], got[1], got[2], want[0], want[1], want[2])
	}
	classes := len(c.Classes())
	if got := len(test.Classes()); got != classes {
		return score, fmt.Errorf("%d classes of images: the network tells %d apart", got, classes)
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
				return score, fmt.Errorf("example %d: the network's output is no distribution over the classes: want one that ends in a softmax", lo+i)
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
