package runfolder

import (
	"slices"
	"time"

	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/graphs/cluster"
	"github.com/tflab/tflab/tfmodels"
)

// Status is the state of a run.
type Status string

// The states of a run. A killed run stays Running.
const (
	Running     Status = "running"
	Done        Status = "done"
	Interrupted Status = "interrupted"
	Diverged    Status = "nan" // the loss became NaN or infinite
)

// Config records everything that a run depends on, so that another machine can repeat
// it. config.json omits settings that the run did not use, such as a limit.
type Config struct {
	Network    string         `json:"network"`
	File       string         `json:"network_file,omitempty"`        // file from which the network was read
	FileSHA256 string         `json:"network_file_sha256,omitempty"` // digest of File
	Taken      string         `json:"network_file_gave,omitempty"`   // parts of File that the run uses: layers, weights, optimizer, loss
	Parameters int            `json:"parameters"`
	Layers     []tfmodels.Row `json:"layers"`

	settings.Values      // the user's settings
	JIT             bool `json:"jit,omitempty"` // whether XLA compiled the graph; Values.JIT is what the user asked for

	Data Data `json:"data"`

	Device      string           `json:"device"`            // device that was used; Values.Device is what the user asked for
	Workers     []cluster.Worker `json:"workers,omitempty"` // workers that took part, of Values.Cluster
	Versions    Versions         `json:"versions"`
	CommandLine []string         `json:"command_line"`

	Started  time.Time `json:"started"`
	Resumed  time.Time `json:"resumed,omitzero"` // time of the last resumption
	Finished time.Time `json:"finished,omitzero"`
	Status   Status    `json:"status"`

	Earlier []Part `json:"earlier_parts,omitempty"` // earlier parts of a resumed run, oldest first
}

// Part describes one part of an interrupted run.
type Part struct {
	Started     time.Time        `json:"started"`
	Finished    time.Time        `json:"finished,omitzero"` // zero if the process was killed
	Device      string           `json:"device"`
	Workers     []cluster.Worker `json:"workers,omitempty"`
	Threads     int              `json:"threads"`
	Replicas    int              `json:"replicas"`
	Versions    Versions         `json:"versions"`
	CommandLine []string         `json:"command_line"`
}

// ContinueFrom turns c, the configuration of a new run, into that of a run that resumes
// an earlier one.
func (c *Config) ContinueFrom(earlier Config) {
	part := Part{Started: earlier.Started, Finished: earlier.Finished, Device: earlier.Device, Workers: earlier.Workers, Threads: earlier.Threads, Replicas: earlier.Replicas,
		Versions: earlier.Versions, CommandLine: earlier.CommandLine}
	if len(earlier.Earlier) > 0 {
		part.Started = earlier.Resumed
	}
	c.Earlier = append(slices.Clone(earlier.Earlier), part)
	c.Resumed, c.Started = c.Started, earlier.Started
}

// Data identifies the examples. The counts are those in use, after --limit and the
// split.
type Data struct {
	Name        string   `json:"name"`
	Source      string   `json:"source"` // a path, or "embedded sample"
	Sample      bool     `json:"sample"` // the embedded sample replaced the full set
	Fingerprint string   `json:"fingerprint"`
	Classes     []string `json:"classes"`
	Limit       int      `json:"limit,omitempty"`
	Training    int      `json:"training"`
	Validation  int      `json:"validation"`
	Test        int      `json:"test"`
}

// Versions are the versions of the programs that computed a run's numbers.
type Versions struct {
	TFLab      string `json:"tflab"`
	Go         string `json:"go"`
	TensorFlow string `json:"tensorflow"` // version of the library that the run loaded
	BuiltFor   string `json:"tensorflow_built_for,omitempty"`
}

// MultiplyAdds returns the number of multiply-adds in the forward pass of one example.
func (c Config) MultiplyAdds() int {
	n := 0
	for _, l := range c.Layers {
		n += l.MultiplyAdds
	}
	return n
}
