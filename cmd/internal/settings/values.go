package settings

import (
	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
)

// Values are the values of all settings of a run. Those with a JSON name are
// recorded in config.json.
type Values struct {
	Recipe         Recipe           `json:"recipe"`
	Seed           int64            `json:"seed"`
	InitialWeights string           `json:"initial_weights,omitempty"` // a file; empty: drawn by the seed
	WeightsSHA256  string           `json:"initial_weights_sha256,omitempty"`
	Precision      graphs.Precision `json:"precision"`
	Semantics      optim.Semantics  `json:"semantics"`
	Threads        int              `json:"threads"`  // 0: one for each core
	Replicas       int              `json:"replicas"` // 0: by network and device
	Deterministic  bool             `json:"deterministic,omitempty"`
	TF32           *bool            `json:"tf32,omitempty"` // false: a GPU computes float32 without TF32; nil: it may use it

	DataDir     string        `json:"-"` // searched first
	Dataset     string        `json:"-"` // a name of package dataset, or a folder of images
	Limit       int           `json:"-"` // training examples; 0: all
	Device      graphs.Device `json:"-"` // as asked for
	JIT         graphs.JIT    `json:"-"` // as asked for
	MemoryLimit Size          `json:"-"` // of the images on the device; 0: none

	Out               string  `json:"-"` // the run folder
	Resume            bool    `json:"-"`
	CheckpointEvery   int     `json:"-"` // epochs
	CheckpointMinutes float64 `json:"-"` // 0: at the end of epochs only
	Keep              int     `json:"-"` // checkpoints, beside the best
	TensorBoard       bool    `json:"-"`
	Histograms        bool    `json:"-"` // for TensorBoard
	Profile           string  `json:"-"` // the folder of a profile; empty: none

	Verbose int  `json:"-"` // 0 silent, 1 a bar, 2 a line an epoch
	TFLog   bool `json:"-"` // let TensorFlow's own lines through

	Chosen Choices `json:"-"` // what a user has chosen of all this
}

// Recipe is how a network is trained: its own recipe with the user's changes.
type Recipe struct {
	Optimizer       string             `json:"optimizer"` // Keras's name
	LearningRate    float64            `json:"learning_rate"`
	Decay           float64            `json:"decay,omitempty"`           // of the learning rate, per batch
	Hyperparameters map[string]float64 `json:"hyperparameters,omitempty"` // all others, by Keras's names
	BatchSize       int                `json:"batch_size"`
	Epochs          int                `json:"epochs"`
	Validation      Validation         `json:"validation"`
	ValidationSplit float64            `json:"validation_split,omitempty"`
	EarlyStopping   int                `json:"early_stopping,omitempty"` // epochs without improvement; 0: none
	Shuffle         bool               `json:"shuffle"`
	Order           string             `json:"order,omitempty"` // a file, instead of a shuffle by the seed
	OrderSHA256     string             `json:"order_sha256,omitempty"`
	Dropout         bool               `json:"dropout"` // false: --no-dropout
}

// Validation says which examples a run is validated on.
type Validation string

// The sources of validation examples.
const (
	NoValidation   Validation = "none"
	LastExamples   Validation = "last"   // the end of the training set, as Keras takes it
	RandomExamples Validation = "random" // of the training set, by the seed
	TestSet        Validation = "test"
)

// Default returns the values that do not depend on the network.
func Default() Values {
	return Values{Recipe: Recipe{Shuffle: true, Dropout: true}, Seed: 1, Precision: graphs.Float32, Semantics: optim.Keras3,
		Device: graphs.Auto, CheckpointEvery: 1, Keep: 2, Verbose: 1}
}

// For returns the values with which a network is trained unless a user chooses
// others.
func For(n tfmodels.Network) Values {
	v, r := Default(), n.Recipe
	v.Dataset, v.InitialWeights = r.Dataset, r.InitialWeights
	v.Recipe.Optimizer, v.Recipe.LearningRate, v.Recipe.Decay = r.Optimizer, r.LearningRate, r.Decay
	v.Recipe.BatchSize, v.Recipe.Epochs = r.BatchSize, r.Epochs
	v.Recipe.Validation, v.Recipe.ValidationSplit = LastExamples, r.ValidationSplit
	if r.ValidationSplit == 0 {
		v.Recipe.Validation = TestSet
	}
	return v
}

// Optimizer returns the optimizer that the values describe.
func (v *Values) Optimizer() (optim.Optimizer, error) {
	return optim.New(v.Recipe.Optimizer, optim.Settings{LearningRate: v.Recipe.LearningRate, Semantics: v.Semantics})
}
