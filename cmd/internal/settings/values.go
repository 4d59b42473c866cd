package settings

import (
	"maps"
	"time"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
)

// Values are the values of all settings of a run. Those with a JSON name are
// recorded in config.json.
type Values struct {
	Recipe         Recipe           `json:"recipe"`
	Seed           int64            `json:"seed"`
	InitialWeights string           `json:"initial_weights,omitempty"` // file name; empty means drawn by the seed
	WeightsSHA256  string           `json:"initial_weights_sha256,omitempty"`
	Precision      graphs.Precision `json:"precision"`
	Semantics      optim.Semantics  `json:"semantics"`
	Threads        int              `json:"threads"`           // 0 means one per core
	Replicas       int              `json:"replicas"`          // 0 means by network and device
	Cluster        List             `json:"cluster,omitempty"` // HOST:PORT of each worker
	Reduce         graphs.Reduction `json:"reduce,omitempty"`  // of the workers' gradients
	Deterministic  bool             `json:"deterministic,omitempty"`
	TF32           *bool            `json:"tf32,omitempty"` // false disables TF32 on a GPU; nil allows it

	DataDir     string        `json:"-"` // searched first
	Dataset     string        `json:"-"` // a name of package dataset, or a folder of images
	Limit       int           `json:"-"` // number of training examples; 0 means all
	Device      graphs.Device `json:"-"` // as chosen, before resolution
	JIT         graphs.JIT    `json:"-"` // as chosen, before resolution
	MemoryLimit Size          `json:"-"` // of the images on the device; 0 means none

	WorkerTimeout time.Duration `json:"-"` // for a worker's answer
	Elastic       bool          `json:"-"` // go on with the workers that answer

	Out               string  `json:"-"` // the run's folder
	Resume            bool    `json:"-"`
	CheckpointEvery   int     `json:"-"` // in epochs
	CheckpointMinutes float64 `json:"-"` // 0 means at the end of epochs only
	Keep              int     `json:"-"` // number of checkpoints besides the best
	TensorBoard       bool    `json:"-"`
	Histograms        bool    `json:"-"` // for TensorBoard
	Profile           string  `json:"-"` // the folder of a profile; empty: none

	Verbose int  `json:"-"` // 0 silent, 1 a bar, 2 one line per epoch
	TFLog   bool `json:"-"` // show TensorFlow's log lines

	Chosen Choices `json:"-"` // the values that the user has chosen
}

// Recipe is how a network is trained: its default recipe with the user's changes.
type Recipe struct {
	Optimizer       string             `json:"optimizer"` // Keras's name
	LearningRate    float64            `json:"learning_rate"`
	Decay           float64            `json:"decay,omitempty"`           // of the learning rate, per batch
	Schedule        *optim.Decay       `json:"schedule,omitempty"`        // of the learning rate, from a network's file
	Hyperparameters map[string]float64 `json:"hyperparameters,omitempty"` // all other hyperparameters, by Keras's names
	LabelSmoothing  float64            `json:"label_smoothing,omitempty"` // of the loss, from a network's file
	BatchSize       int                `json:"batch_size"`
	Epochs          int                `json:"epochs"`
	Validation      Validation         `json:"validation"`
	ValidationSplit float64            `json:"validation_split,omitempty"`
	EarlyStopping   int                `json:"early_stopping,omitempty"` // epochs without improvement; 0 means no early stopping
	Shuffle         bool               `json:"shuffle"`
	Order           string             `json:"order,omitempty"` // file of orders; empty means shuffle by the seed
	OrderSHA256     string             `json:"order_sha256,omitempty"`
	Dropout         bool               `json:"dropout"` // false means --no-dropout
}

// Validation names the source of the validation examples.
type Validation string

// The sources of validation examples.
const (
	NoValidation   Validation = "none"
	LastExamples   Validation = "last"   // the last examples of the training set, as in Keras
	RandomExamples Validation = "random" // random examples of the training set, by the seed
	TestSet        Validation = "test"
)

// Default returns the values that do not depend on the network.
func Default() Values {
	return Values{Recipe: Recipe{Shuffle: true, Dropout: true}, Seed: 1, Precision: graphs.Float32, Semantics: optim.Keras3,
		Device: graphs.Auto, CheckpointEvery: 1, Keep: 2, Verbose: 1, WorkerTimeout: 10 * time.Second}
}

// For returns the values with which a network is trained by default.
func For(n tfmodels.Network) Values {
	v, r := Default(), n.Recipe
	v.Dataset, v.InitialWeights = r.Dataset, r.InitialWeights
	v.Recipe.Optimizer, v.Recipe.LearningRate, v.Recipe.Decay = r.Optimizer, r.LearningRate, r.Decay
	v.Recipe.Schedule, v.Recipe.Hyperparameters, v.Recipe.LabelSmoothing = r.Schedule, maps.Clone(r.Hyperparameters), r.LabelSmoothing
	v.Recipe.BatchSize, v.Recipe.Epochs = r.BatchSize, r.Epochs
	v.Recipe.Validation, v.Recipe.ValidationSplit = LastExamples, r.ValidationSplit
	if r.ValidationSplit == 0 {
		v.Recipe.Validation = TestSet
	}
	return v
}

// Optimizer returns the optimizer that the values describe.
func (v *Values) Optimizer() (optim.Optimizer, error) {
	return optim.New(v.Recipe.Optimizer, optim.Settings{LearningRate: v.Recipe.LearningRate, Semantics: v.Semantics, Hyperparameters: v.Recipe.Hyperparameters})
}

// RateSchedule returns the learning-rate schedule that the values describe, nil if
// there is none.
func (v *Values) RateSchedule() optim.Schedule {
	if v.Recipe.Schedule != nil {
		return *v.Recipe.Schedule
	}
	return optim.InverseTimeDecay(v.Recipe.Decay)
}
