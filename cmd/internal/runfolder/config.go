package runfolder

import (
	"slices"
	"time"

	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/tfmodels"
)

// Status is how far a run came.
type Status string

// The ends of a run. Running is also what a run that was killed leaves.
const (
	Running     Status = "running"
	Done        Status = "done"
	Interrupted Status = "interrupted"
	Diverged    Status = "nan" // a loss that is no finite number
)

// Config is everything that a run depended on, so that another machine can
// repeat it. What a run did without, such as a limit, is left out of config.json.
type Config struct {
	Network    string         `json:"network"`
	File       string         `json:"network_file,omitempty"`        // that it was read from
	FileSHA256 string         `json:"network_file_sha256,omitempty"` // of that file
	Taken      string         `json:"network_file_gave,omitempty"`   // what of the file is used: layers, weights, optimizer, loss
	Parameters int            `json:"parameters"`
	Layers     []tfmodels.Row `json:"layers"`

	settings.Values      // what was chosen
	JIT             bool `json:"jit,omitempty"` // whether XLA compiled; Values.JIT is what was asked for

	Data Data `json:"data"`

	Device      string   `json:"device"` // what was used; Values.Device is what was asked for
	Versions    Versions `json:"versions"`
	CommandLine []string `json:"command_line"`

	Started  time.Time `json:"started"`
	Resumed  time.Time `json:"resumed,omitzero"` // for the last time
	Finished time.Time `json:"finished,omitzero"`
	Status   Status    `json:"status"`

	Earlier []Part `json:"earlier_parts,omitempty"` // of a run that was resumed, the first one first
}

// Part is what a run was done with until it was interrupted.
type Part struct {
	Started     time.Time `json:"started"`
	Finished    time.Time `json:"finished,omitzero"` // zero: it was killed
	Device      string    `json:"device"`
	Threads     int       `json:"threads"`
	Replicas    int       `json:"replicas"`
	Versions    Versions  `json:"versions"`
	CommandLine []string  `json:"command_line"`
}

// ContinueFrom makes c, as it would be for a new run, go on with an earlier part.
func (c *Config) ContinueFrom(earlier Config) {
	part := Part{Started: earlier.Started, Finished: earlier.Finished, Device: earlier.Device, Threads: earlier.Threads, Replicas: earlier.Replicas,
		Versions: earlier.Versions, CommandLine: earlier.CommandLine}
	if len(earlier.Earlier) > 0 {
		part.Started = earlier.Resumed
	}
	c.Earlier = append(slices.Clone(earlier.Earlier), part)
	c.Resumed, c.Started = c.Started, earlier.Started
}

// Data identifies the examples. The counts are those that were used, after
// --limit and the split.
type Data struct {
	Name        string   `json:"name"`
	Source      string   `json:"source"` // a path, or "embedded sample"
	Sample      bool     `json:"sample"` // the embedded sample stood in for the full set
	Fingerprint string   `json:"fingerprint"`
	Classes     []string `json:"classes"`
	Limit       int      `json:"limit,omitempty"`
	Training    int      `json:"training"`
	Validation  int      `json:"validation"`
	Test        int      `json:"test"`
}

// Versions are those of the programs that a run's numbers came from.
type Versions struct {
	TFLab      string `json:"tflab"`
	Go         string `json:"go"`
	TensorFlow string `json:"tensorflow"` // the library that the run loaded
	BuiltFor   string `json:"tensorflow_built_for,omitempty"`
}

// MultiplyAdds counts those of one example's forward pass.
func (c Config) MultiplyAdds() int {
	n := 0
	for _, l := range c.Layers {
		n += l.MultiplyAdds
	}
	return n
}
