package fit

import (
	"context"
	"errors"
	"fmt"

	"github.com/tflab/tflab/graphs"
)

// inferenceBatch is the batch size of evaluation and prediction, which affects their
// results only by rounding. It is large enough to keep the cores busy, and small enough
// that the peak memory of a CNN's evaluation exceeds that of its training by only a few
// percent.
const inferenceBatch = 128

// Evaluate returns the mean loss and accuracy of a program over examples, without
// dropout.
func Evaluate(ctx context.Context, p *graphs.Program, examples graphs.Examples) (Score, error) {
	s, err := evaluate(ctx, p, examples)
	if err != nil {
		return Score{}, fmt.Errorf("fit: evaluate: %w", err)
	}
	return s, nil
}

func evaluate(ctx context.Context, p *graphs.Program, examples graphs.Examples) (Score, error) {
	if err := begin(p.Inference, examples); err != nil {
		return Score{}, err
	}
	for {
		if err := ctx.Err(); err != nil {
			return Score{}, err
		}
		n, err := p.Inference.Step()
		if err != nil {
			return Score{}, err
		}
		if n == 0 {
			return score(p.Inference, examples.Len())
		}
	}
}

// Prediction is the output of a program for examples.
type Prediction struct {
	Probabilities []float32 // of each class, row-major [examples, classes]
	Score         Score     // by the examples' labels
}

// Predict returns the probability of each class for each example, and the score that
// Evaluate returns.
func Predict(ctx context.Context, p *graphs.Program, examples graphs.Examples) (Prediction, error) {
	all, err := predict(ctx, p, examples)
	if err != nil {
		return all, fmt.Errorf("fit: predict: %w", err)
	}
	return all, nil
}

func predict(ctx context.Context, p *graphs.Program, examples graphs.Examples) (all Prediction, err error) {
	if err := begin(p.Inference, examples); err != nil {
		return all, err
	}
	for {
		if err := ctx.Err(); err != nil {
			return all, err
		}
		rows, err := p.Inference.Probabilities()
		if err != nil {
			return all, err
		}
		if rows == nil {
			break
		}
		all.Probabilities = append(all.Probabilities, rows...)
	}
	all.Score, err = score(p.Inference, examples.Len())
	return all, err
}

func begin(st *graphs.Stage, examples graphs.Examples) error {
	if examples.Len() == 0 {
		return errors.New("no examples")
	}
	if err := st.Load(examples); err != nil {
		return err
	}
	return st.Begin(nil, inferenceBatch, graphs.Sums{})
}
