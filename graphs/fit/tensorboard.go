package fit

import (
	"errors"
	"path/filepath"

	"github.com/tflab/tflab/graphs"
)

// Summaries configure TensorBoard.
type Summaries struct {
	Histograms bool // of each weight, after each epoch
}

// TensorBoard returns a callback that writes each epoch's row of the history, and the
// graph, for TensorBoard. It uses the tags of Keras's callback (epoch_loss,
// epoch_accuracy, epoch_learning_rate; dense/kernel/histogram) and its folders, train
// and validation. A resumed run continues in the same folder.
func TensorBoard(dir string, s Summaries) Callback {
	return &tensorBoard{Summaries: s, dir: dir}
}

type tensorBoard struct {
	Nothing
	Summaries
	dir               string
	train, validation *graphs.SummaryWriter // nil without validation
}

func (t *tensorBoard) Begin(r *Run) (err error) {
	if t.train, err = t.open("train", r); err != nil {
		return err
	}
	if r.validation != nil {
		if t.validation, err = t.open("validation", r); err != nil {
			return err
		}
	}
	if r.steps() > 0 { // the graph has been written already
		return nil
	}
	return errors.Join(t.train.Graph(r.Program), t.train.Flush())
}

func (t *tensorBoard) open(name string, r *Run) (*graphs.SummaryWriter, error) {
	w, err := graphs.NewSummaryWriter(filepath.Join(t.dir, name))
	if err != nil {
		return nil, err
	}
	// An epoch may have been written, but not saved, before an interruption.
	return w, w.Restart(int64(r.Epoch))
}

func (t *tensorBoard) EpochEnd(r *Run) error {
	row := r.last()
	if err := writeScore(t.train, row.Epoch, row.Training); err != nil {
		return err
	}
	if err := t.train.Scalar("epoch_learning_rate", int64(row.Epoch), row.LearningRate); err != nil {
		return err
	}
	if err := t.histograms(r); err != nil {
		return err
	}
	if row.Validation != nil {
		if err := writeScore(t.validation, row.Epoch, *row.Validation); err != nil {
			return err
		}
		if err := t.validation.Flush(); err != nil {
			return err
		}
	}
	return t.train.Flush()
}

func (t *tensorBoard) histograms(r *Run) error {
	if !t.Histograms {
		return nil
	}
	weights, err := r.Program.Weights()
	if err != nil {
		return err
	}
	for _, w := range weights {
		if err := t.train.Histogram(w.Name+"/histogram", int64(r.Epoch), w.Array.Float32()); err != nil {
			return err
		}
	}
	return nil
}

// End closes the writers that Begin has opened.
func (t *tensorBoard) End(*Run, error) error {
	var all error
	for _, w := range []*graphs.SummaryWriter{t.train, t.validation} {
		if w != nil {
			all = errors.Join(all, w.Close())
		}
	}
	return all
}

func writeScore(w *graphs.SummaryWriter, epoch int, s Score) error {
	return errors.Join(
		w.Scalar("epoch_accuracy", int64(epoch), s.Accuracy),
		w.Scalar("epoch_loss", int64(epoch), s.Loss))
}
