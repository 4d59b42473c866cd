package runfolder

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/tflab/tflab/cmd/internal/settings"
	"github.com/tflab/tflab/tfmodels"
)

func aConfig() Config {
	return Config{
		Network: "mnist-cnn", Layers: []tfmodels.Row{{Name: "conv2d"}, {Name: "dropout", Config: map[string]any{"Rate": 0.25}}, {Name: "dense"}},
		Values: settings.Values{Seed: 1, Precision: "float32", Semantics: "keras3",
			Recipe: settings.Recipe{Optimizer: "adadelta", LearningRate: 0.001, Hyperparameters: map[string]float64{"rho": 0.95}, BatchSize: 128,
				Epochs: 6, Validation: settings.LastExamples, ValidationSplit: 0.2, Shuffle: true, Dropout: true}},
		Data: Data{Name: "mnist", Fingerprint: "abc", Training: 48000},
	}
}

func TestDifferences(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Config)
		want   string // empty if the run is the same
	}{
		{"nothing", func(*Config) {}, ""},
		{"epochs", func(c *Config) { c.Recipe.Epochs = 12 }, ""},
		{"times", func(c *Config) { c.Started, c.Status = time.Unix(1, 0), Done }, ""},
		{"machine", func(c *Config) { c.Device, c.Threads, c.Replicas = "gpu", 3, 1 }, ""},
		{"command line", func(c *Config) { c.CommandLine = os.Args }, ""},
		{"the data's place", func(c *Config) { c.Data.Source = "elsewhere" }, ""},
		{"network", func(c *Config) { c.Network = "mnist-mlp-relu" }, `network is "mnist-mlp-relu", was "mnist-cnn"`},
		{"layers", func(c *Config) { c.Layers[0].Name = "flatten" }, `layers is "flatten dropout dense", was "conv2d dropout dense"`},
		{"a layer's settings", func(c *Config) { c.Layers[1].Config = map[string]any{"Rate": 0.5} },
			`config of layer dropout is {"Rate":0.5}, was {"Rate":0.25}`},
		{"a layer's connections", func(c *Config) { c.Layers[0].Connected = []string{"dropout"} }, `connected_to of layer conv2d is ["dropout"], was none`},
		{"a layer of an older config.json", func(c *Config) { c.Layers[0].Config = map[string]any{"Filters": 32.0} }, ""},
		{"seed", func(c *Config) { c.Seed = 2 }, `seed is 2, was 1`},
		{"jit", func(c *Config) { c.JIT = true }, "jit is true, was false"},
		{"precision", func(c *Config) { c.Precision = "mixed_bfloat16" }, `precision is "mixed_bfloat16", was "float32"`},
		{"semantics", func(c *Config) { c.Semantics = "keras2" }, `semantics is "keras2", was "keras3"`},
		{"initial weights", func(c *Config) { c.WeightsSHA256 = "12" }, `initial_weights_sha256 is "12", was none`},
		{"the weights' place", func(c *Config) { c.InitialWeights = "w.npz" }, ""},
		{"order", func(c *Config) { c.Recipe.OrderSHA256 = "34" }, `order_sha256 is "34", was none`},
		{"the order's place", func(c *Config) { c.Recipe.Order = "o.npy" }, ""},
		{"data", func(c *Config) { c.Data.Fingerprint = "def" }, `data is "def", was "abc"`},
		{"limit", func(c *Config) { c.Data.Training = 1600 }, `training examples is 1600, was 48000`},
		{"optimizer", func(c *Config) { c.Recipe.Optimizer = "adam" }, `optimizer is "adam", was "adadelta"`},
		{"rate", func(c *Config) { c.Recipe.LearningRate = 1 }, `learning_rate is 1, was 0.001`},
		{"decay", func(c *Config) { c.Recipe.Decay = 1e-6 }, `decay is 0.000001, was none`},
		{"hyperparameters", func(c *Config) { c.Recipe.Hyperparameters["rho"] = 0.9 }, `hyperparameters is {"rho":0.9}, was {"rho":0.95}`},
		{"batch", func(c *Config) { c.Recipe.BatchSize = 64 }, `batch_size is 64, was 128`},
		{"validation", func(c *Config) { c.Recipe.Validation = settings.TestSet }, `validation is "test", was "last"`},
		{"split", func(c *Config) { c.Recipe.ValidationSplit = 0.1 }, `validation_split is 0.1, was 0.2`},
		{"early stopping", func(c *Config) { c.Recipe.EarlyStopping = 3 }, `early_stopping is 3, was none`},
		{"shuffle", func(c *Config) { c.Recipe.Shuffle = false }, `shuffle is false, was true`},
		{"dropout", func(c *Config) { c.Recipe.Dropout = false }, `dropout is false, was true`},
	}
	for _, tt := range tests {
		other := aConfig()
		tt.change(&other)
		got := aConfig().Differences(other)
		var want []string
		if tt.want != "" {
			want = []string{tt.want}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	both := aConfig()
	both.Seed, both.Recipe.BatchSize = 2, 64
	if got := aConfig().Differences(both); len(got) != 2 {
		t.Errorf("got %q, want both", got)
	}
}

func TestElsewhere(t *testing.T) {
	here := aConfig()
	here.Device, here.Threads, here.Replicas = "cpu", 2, 2
	there := here
	there.Threads, there.Replicas, there.Seed = 4, 1, 9
	if got, want := here.Elsewhere(there), []string{"replicas is 1, was 2", "threads is 4, was 2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	older := here
	older.Threads, older.Replicas = 0, 0
	for _, c := range []Config{here, older} {
		if got := c.Elsewhere(here); len(got) > 0 {
			t.Errorf("threads %d: got %q, want nothing", c.Threads, got)
		}
	}
}
