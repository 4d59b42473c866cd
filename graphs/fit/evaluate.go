package fit

import (
	"context"
	"errors"
	"fmt"

	"github.com/tflab/tflab/graphs"
)

// inferenceBatch is the batch of evaluation and prediction, which does not
// change their results but for rounding: large enough to keep the cores busy,
// small enough that no evaluation takes a CNN's peak of memory above its
// training's by more than a few percent.
const inferenceBatch = 128

// Evaluate measures the mean loss and accuracy of a program over examples, with
// dropout off.
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

// Prediction is what a program makes of examples.
type Prediction struct {
	Probabilities []float32 // of each class, row-major [examples, classes]
	Score         Score     // against the examples' labels
}

// Predict computes the probability of each class for each example, and what
// Evaluate does on the way.
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
