package comparison

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tflab/tflab/cmd/internal/runfolder"
	"github.com/tflab/tflab/graphs/npy"
)

// Side is one of the two runs. What its folder lacks is nil or zero.
type Side struct {
	Name        string // in tables and legends
	Dir         string
	Network     string
	NetworkFile string // that the network was read from; "": none

	history       history
	weights       []npy.Entry
	probabilities *npy.Array // of the test set, [examples, classes]
	timing        *runfolder.Timing
}

// Open reads a run's folder. It returns an error if there is no history, or if a file
// cannot be read.
func Open(name, dir string) (*Side, error) {
	s := &Side{Name: name, Dir: dir}
	for _, read := range []func() error{s.readHistory, s.readConfig, s.readWeights, s.readProbabilities, s.readTiming} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Side) path(name string) string { return filepath.Join(s.Dir, name) }

func (s *Side) readHistory() error {
	for _, file := range []struct {
		name string
		read func(io.Reader) (history, error)
	}{{runfolder.HistoryJSON, readJSON}, {runfolder.HistoryCSV, readCSV}} {
		f, err := os.Open(s.path(file.name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		defer f.Close()
		if s.history, err = file.read(f); err != nil {
			return fmt.Errorf("%s: %w", s.path(file.name), err)
		}
		return nil
	}
	return fmt.Errorf("%s: is not a run folder: want %s or %s in it", s.Dir, runfolder.HistoryJSON, runfolder.HistoryCSV)
}

// readConfig reads the part of config.json that both programs write alike.
func (s *Side) readConfig() error {
	raw, err := os.ReadFile(s.path(runfolder.ConfigFile))
	if err != nil {
		return present(err)
	}
	var config struct {
		Network     string
		NetworkFile string `json:"network_file"`
	}
	if err := json.Unmarshal(raw, &config); err != nil {
		return fmt.Errorf("%s: %w", s.path(runfolder.ConfigFile), err)
	}
	s.Network, s.NetworkFile = config.Network, config.NetworkFile
	return nil
}

func (s *Side) readWeights() (err error) {
	s.weights, err = npy.ReadArchive(s.path(runfolder.WeightsFile))
	return present(err)
}

func (s *Side) readProbabilities() (err error) {
	s.probabilities, err = npy.ReadFile(s.path(runfolder.ProbabilitiesFile))
	if err == nil && len(s.probabilities.Shape) != 2 {
		return fmt.Errorf("%s: an array of shape %v: want [examples, classes]", s.path(runfolder.ProbabilitiesFile), s.probabilities.Shape)
	}
	return present(err)
}

func (s *Side) readTiming() (err error) {
	s.timing, err = runfolder.At(s.Dir).Timing()
	return err
}

// present returns nil for the error of a missing file, and err otherwise.
func present(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
