package runfolder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"

	"github.com/tflab/tflab/cmd/internal/analysis"
	"github.com/tflab/tflab/graphs/fit"
)

// The names of the files of a run.
const (
	ConfigFile        = "config.json"
	HistoryCSV        = "history.csv"
	HistoryJSON       = "history.json"
	HistoryPNG        = "history.png"
	ConfusionPNG      = "confusion.png"
	PredictionsFile   = "predictions.json"
	WeightsFile       = "weights.npz"
	NetworkFile       = "network.json" // of a network read from a file, in Keras's format
	CheckpointDir     = "checkpoint"
	ProbabilitiesFile = "predictions.npy"
	TensorBoardDir    = "tensorboard"
	CollapseFile      = "collapse.json" // only for a network that was collapsed
)

// Folder is the folder of one run.
type Folder struct{ dir string }

// Create creates the folder of a new run, with any missing parents. It returns an error
// if the folder already holds a run, so that no results are overwritten.
func Create(dir string) (*Folder, error) {
	if _, err := os.Lstat(filepath.Join(dir, ConfigFile)); err == nil {
		return nil, fmt.Errorf("%s: holds a run already (%s): want a new folder; name one, or resume the run with --resume", dir, ConfigFile)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("run's folder: %w", err)
	}
	probe, err := renameio.NewPendingFile(filepath.Join(dir, ConfigFile)) // fail now rather than after an hour of training
	if err != nil {
		return nil, fmt.Errorf("run's folder cannot be written: %w", err)
	}
	defer probe.Cleanup()
	return &Folder{dir}, nil
}

// Open opens the folder of an existing run.
func Open(dir string) (*Folder, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: no such folder: want the folder of a run, as tflab train writes it", dir)
	case err != nil:
		return nil, fmt.Errorf("run's folder: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("%s: is a file: want the folder of a run, as tflab train writes it", dir)
	}
	f := &Folder{dir}
	if _, err := os.Stat(f.Path(ConfigFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: is not a run folder: %s is missing", dir, ConfigFile)
	}
	return f, nil
}

// At returns a Folder for dir without checking that dir holds a run.
func At(dir string) *Folder { return &Folder{dir} }

// Dir returns the path of the folder as it was given.
func (f *Folder) Dir() string { return f.dir }

// Path returns the path of a file in the folder.
func (f *Folder) Path(name string) string { return filepath.Join(f.dir, name) }

// WriteConfig writes config.json.
func (f *Folder) WriteConfig(c Config) error { return f.writeJSON(ConfigFile, c) }

// Config reads config.json.
func (f *Folder) Config() (Config, error) {
	var c Config
	if err := f.readJSON(ConfigFile, &c); err != nil {
		return Config{}, err
	}
	if c.Network == "" {
		return Config{}, fmt.Errorf(`%s: has no network: want a "network"`, f.Path(ConfigFile))
	}
	return c, nil
}

// WriteHistory writes history.csv and history.json. Call it as soon as an epoch ends,
// so that the epoch cannot be lost.
func (f *Folder) WriteHistory(h *fit.History) error {
	var table bytes.Buffer
	if err := h.WriteCSV(&table); err != nil {
		return err
	}
	if err := f.write(HistoryCSV, table.Bytes()); err != nil {
		return err
	}
	return f.writeJSON(HistoryJSON, h)
}

// History reads history.json. For a run that was stopped before the end of its first
// epoch it returns an empty history and no error.
func (f *Folder) History() (*fit.History, error) {
	h := &fit.History{}
	err := f.readJSON(HistoryJSON, h)
	if errors.Is(err, fs.ErrNotExist) {
		return &fit.History{}, nil
	}
	return h, err
}

// Agree reports whether history.csv holds the numbers of h, usually read from
// history.json. All values that are not finite are equal, because JSON encodes them
// alike.
func (f *Folder) Agree(h *fit.History) (bool, error) {
	var want bytes.Buffer
	if err := h.WriteCSV(&want); err != nil {
		return false, err
	}
	got, err := os.ReadFile(f.Path(HistoryCSV))
	if err != nil {
		return false, fmt.Errorf("run's folder: %w", err)
	}
	infinite := strings.NewReplacer("+Inf", "NaN", "-Inf", "NaN")
	return infinite.Replace(string(got)) == infinite.Replace(want.String()), nil
}

// WritePredictions writes predictions.json.
func (f *Folder) WritePredictions(p *analysis.Predictions) error {
	return f.writeJSON(PredictionsFile, p)
}

// Predictions reads predictions.json. It returns nil if the run has none.
func (f *Folder) Predictions() (*analysis.Predictions, error) {
	p := &analysis.Predictions{}
	err := f.readJSON(PredictionsFile, p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path(PredictionsFile), err)
	}
	return p, nil
}

// WriteCollapse writes collapse.json.
func (f *Folder) WriteCollapse(c *analysis.Collapse) error { return f.writeJSON(CollapseFile, c) }

// Collapse reads collapse.json. It returns nil if the run has none.
func (f *Folder) Collapse() (*analysis.Collapse, error) {
	c := &analysis.Collapse{}
	err := f.readJSON(CollapseFile, c)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return c, err
}

func (f *Folder) writeJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path(name), err)
	}
	return f.write(name, append(data, '\n'))
}

func (f *Folder) write(name string, data []byte) error {
	if err := renameio.WriteFile(f.Path(name), data, 0o644); err != nil {
		return fmt.Errorf("run's folder: %w", err)
	}
	return nil
}

func (f *Folder) readJSON(name string, v any) error {
	data, err := os.ReadFile(f.Path(name))
	if err != nil {
		return fmt.Errorf("run's folder: %w", err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", f.Path(name), err)
	}
	return nil
}
