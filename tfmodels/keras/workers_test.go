package keras

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/cluster"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels/dataset"
)

// limited is a network of a file whose recipe has penalties and limits of norms.
type limited struct{ l2, weights, gradients float64 }

// open returns the network and the settings of its recipe.
func (l limited) open(t *testing.T) (graphs.Model, graphs.Options) {
	t.Helper()
	dense := func(name string, units int, activation string) string {
		return fmt.Sprintf(`{"class_name": "Dense", "config": {"name": %q, "units": %d, "activation": %q,
			"kernel_regularizer": {"class_name": "L2", "config": {"l2": %g}}, "bias_regularizer": {"class_name": "L1", "config": {"l1": 0.01}},
			"kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": %g, "axis": 0}}}}`, name, units, activation, l.l2, l.weights)
	}
	layers := sequential(flat, dense("hidden", 8, "relu"), dense("classes", 3, "softmax"))
	n, err := lookup(t, fmt.Sprintf(`%s, "compile_config": {"loss": {"class_name": "CategoricalCrossentropy", "config": {"label_smoothing": 0.1}},
		"optimizer": {"class_name": "SGD", "config": {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.01, "global_clipnorm": %g}}}}`,
		strings.TrimSuffix(layers, "}"), l.gradients))
	if err != nil {
		t.Fatal(err)
	}
	r := n.Recipe
	optimizer, err := optim.New(r.Optimizer, optim.Settings{LearningRate: r.LearningRate, Hyperparameters: r.Hyperparameters})
	if err != nil {
		t.Fatal(err)
	}
	return n.Model, graphs.Options{Optimizer: optimizer, Loss: graphs.Loss{LabelSmoothing: r.LabelSmoothing}, Seed: 1, Device: graphs.CPU}
}

// TestWorkersFollowTheRecipe trains a network of a file on one replica, on two
// replicas, and on two workers. The norms are those of the gradients of the whole batch
// and of whole weights, and each penalty counts once. Therefore the loss and the
// weights are equal up to rounding.
func TestWorkersFollowTheRecipe(t *testing.T) {
	base, examples := limited{l2: 0.02, weights: 0.4, gradients: 0.3}, drawn(t, 45)
	model, o := base.open(t)
	one, loss := descended(t, model, o, examples)
	for name, other := range map[string]limited{"penalty": {0, 0.4, 0.3}, "limit of weights": {0.02, 9, 0.3}, "limit of gradients": {0.02, 0.4, 0}} {
		m, o := other.open(t)
		if weights, _ := descended(t, m, o, examples); apart(flatten(weights), flatten(one)) < 1e-2 {
			t.Errorf("without the %s the weights are the same: want others, or the test shows nothing", name)
		}
	}
	addresses, err := twoWorkers()
	if err != nil {
		t.Fatal(err)
	}
	replicas, whole, sharded := o, o, o
	replicas.Replicas, replicas.Threads = 2, 2
	whole.Cluster = graphs.Cluster{Workers: addresses, Reduce: graphs.ReduceAll, Timeout: time.Minute}
	sharded.Cluster = graphs.Cluster{Workers: addresses, Reduce: graphs.Sharded, Timeout: time.Minute}
	for name, o := range map[string]graphs.Options{"two replicas": replicas, "two workers": whole, "two workers, sharded": sharded} {
		weights, got := descended(t, model, o, examples)
		if !(math.Abs(got/loss-1) <= 1e-6) {
			t.Errorf("%s: the loss is %v: want %v", name, got, loss)
		}
		if d := apart(flatten(weights), flatten(one)); !(d <= 1e-6) {
			t.Errorf("%s: the weights differ by %g from those of one replica", name, d)
		}
	}
}

// descended trains for three epochs in batches of 7, the last of which has 3 examples,
// and returns the weights and the loss of the last epoch.
func descended(t *testing.T, m graphs.Model, o graphs.Options, examples graphs.Examples) ([]npy.Entry, float64) {
	t.Helper()
	p, err := graphs.Compile(m, o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Training.Load(examples); err != nil {
		t.Fatal(err)
	}
	var sums graphs.Sums
	for range 3 {
		if err := p.Training.Begin(nil, 7, graphs.Sums{}); err != nil {
			t.Fatal(err)
		}
		for n := 1; n > 0; {
			if n, err = p.Training.Step(); err != nil {
				t.Fatal(err)
			}
		}
		if sums, err = p.Training.Sums(); err != nil {
			t.Fatal(err)
		}
	}
	weights, err := p.Weights()
	if err != nil {
		t.Fatal(err)
	}
	return weights, sums.Loss
}

// twoWorkers starts two workers of one thread in this process, which run until the
// process ends.
var twoWorkers = sync.OnceValues(func() (addresses []string, err error) {
	config, _, err := graphs.WorkerConfig(graphs.Options{Device: graphs.CPU, Threads: 1})
	for range 2 {
		if err != nil {
			break
		}
		var address string
		address, err = cluster.Start("127.0.0.1:0", config)
		addresses = append(addresses, address)
	}
	return addresses, err
})

// flatten returns all weights in one slice.
func flatten(weights []npy.Entry) (all []float32) {
	for _, w := range weights {
		all = append(all, w.Array.Float32()...)
	}
	return all
}

// drawn returns images of 4x4x1 with random pixels, in 3 classes.
func drawn(t *testing.T, n int) *dataset.Set {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	images, labels := make([]byte, 16*n), make([]uint8, n)
	for i := range images {
		images[i] = byte(random.IntN(256))
	}
	for i := range labels {
		labels[i] = uint8(random.IntN(3))
	}
	set, err := dataset.New([3]int{4, 4, 1}, images, labels, []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	return set
}
