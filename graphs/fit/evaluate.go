package fit

import (
	"context"
	"errors"
	"fmt"

	"github.com/tflab/tflab/graphs"
)

// inferenceBatch is the batch of evaluation and prediction, which does not
// change their results but for rounding: large enough to keep the cores busy,
// small enough for the caches.
const inferenceBatch = 256

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

// Predict computes the probability of each class for each example, row-major
// [examples, classes].
func Predict(ctx context.Context, p *graphs.Program, examples graphs.Examples) ([]float32, error) {
	if err := begin(p.Inference, examples); err != nil {
		return nil, fmt.Errorf("fit: predict: %w", err)
	}
	var all []float32
	for len(all) < examples.Len()*p.Model().Classes() {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("fit: predict: %w", err)
		}
		rows, err := p.Inference.Probabilities()
		if err != nil {
			return nil, fmt.Errorf("fit: predict: %w", err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

func begin(st *graphs.Stage, examples graphs.Examples) error {
	if examples.Len() == 0 {
		return errors.New("no examples")
	}
	if err := st.Load(examples); err != nil {
		return err
	}
	return st.Begin(nil, inferenceBatch)
}
