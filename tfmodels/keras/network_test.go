package keras

import (
	"cmp"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/optim"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/internal/floatimages"
)

// stored holds what Keras has stored with a network: images, labels and results.
type stored struct {
	network *Network
	floatimages.Arrays
}

func (r *stored) Shape() [3]int { return floatimages.Model{Model: r.network}.InputShape() }

func (r *stored) compile(t *testing.T, o graphs.Options) *graphs.Program {
	t.Helper()
	p, err := graphs.Compile(floatimages.Model{Model: r.network}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	var weights []npy.Entry
	for _, w := range r.network.Weights() {
		a := r.Arrays[keras2Name(r.Arrays, "before/"+w.Name)]
		if a == nil {
			t.Fatalf("Keras has no weight %s", w.Name)
		}
		weights = append(weights, npy.Entry{Name: w.Name, Array: a})
	}
	if err := p.SetWeights(weights); err != nil {
		t.Fatal(err)
	}
	return p
}

// keras2Name returns Keras 2's name of a weight, if it differs.
func keras2Name(arrays map[string]*npy.Array, name string) string {
	if older := strings.TrimSuffix(name, "kernel") + "depthwise_kernel"; arrays[name] == nil && arrays[older] != nil {
		return older
	}
	return name
}

// apart returns the largest difference of two arrays, relative for numbers larger than
// 1.
func apart(got, want []float32) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	worst := 0.0
	for i, w := range want {
		d := math.Abs(float64(got[i])-float64(w)) / max(1, math.Abs(float64(w)))
		if !(d <= worst) {
			worst = d
		}
	}
	return worst
}

// refused maps the fixtures that cannot be built to the expected errors.
var refused = map[string]string{
	"activations-2.18": "Keras 2's hard_sigmoid differs from",
}

// eachNetwork opens every network of the fixtures, under the name of Keras's results,
// once for each file.
func eachNetwork(t *testing.T, use func(name string, n *Network)) {
	t.Helper()
	results, err := filepath.Glob(filepath.Join(fixtures, "*.npz"))
	if err != nil || len(results) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, path := range results {
		base := strings.TrimSuffix(path, ".npz")
		for _, ending := range []string{".json", ".keras", ".h5"} {
			if _, err := os.Stat(base + ending); err != nil {
				continue
			}
			n, err := Open(base + ending)
			if err != nil {
				name := filepath.Base(base)
				if want := cmp.Or(refused[name], refused[name[:strings.LastIndexByte(name, '-')]]); want == "" || !strings.Contains(err.Error(), want) {
					t.Error(err)
				}
				continue
			}
			use(filepath.Base(base), n)
		}
	}
}

// TestNetworks compares every network that Keras has written with Keras's computation:
// the output, the loss of one training step and every weight after it.
func TestNetworks(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
	eachNetwork(t, func(name string, n *Network) {
		t.Run(name, func(t *testing.T) { follows(t, &stored{n, arrays(t, name)}) })
	})
}

func follows(t *testing.T, r *stored) {
	for _, e := range r.network.StoredWeights() {
		if want := r.Arrays[keras2Name(r.Arrays, "before/"+e.Name)]; want == nil || !slices.Equal(want.Float32(), e.Array.Float32()) {
			t.Errorf("%s is not what Keras has stored", e.Name)
		}
	}
	recipe := r.network.Recipe()
	err := recipe.Check(false)
	if r.network.Model.Compile == nil || r.network.Model.Compile.Optimizer.Class == "" {
		recipe, err = kerascases(t.Name())
	}
	trains := err == nil && r.Arrays["loss"] != nil
	o := graphs.Options{Optimizer: optim.SGD(0.1, optim.Momentum{}), Loss: graphs.Loss{LabelSmoothing: recipe.LabelSmoothing}}
	if trains {
		if o.Optimizer, err = optim.New(recipe.Optimizer, optim.Settings{LearningRate: recipe.LearningRate, Hyperparameters: recipe.Hyperparameters}); err != nil {
			t.Fatal(err)
		}
		if recipe.Schedule != nil {
			o.Schedule = *recipe.Schedule
		}
	} else {
		t.Log("not trained:", err)
	}
	p := r.compile(t, o)
	prediction, err := fit.Predict(t.Context(), p, r)
	if err != nil {
		t.Fatal(err)
	}
	if d := apart(prediction.Probabilities, r.probabilities()); !(d <= 1e-5) {
		t.Errorf("the output differs from Keras's by %g", d)
	}
	if trains {
		r.train(t, p)
	}
}

// probabilities returns the probabilities that Keras's output represents.
func (r *stored) probabilities() []float32 {
	output := r.Arrays["output"].Float32()
	if !r.network.GivesLogits() {
		return output
	}
	var all []float32
	for row := range slices.Chunk(output, r.network.Classes()) {
		sum := 0.0
		for _, v := range row {
			sum += math.Exp(float64(v))
		}
		for _, v := range row {
			all = append(all, float32(math.Exp(float64(v))/sum))
		}
	}
	return all
}

// kerascases returns the recipe with which scripts/reference/kerascases.py trains the
// networks whose files do not specify one.
func kerascases(test string) (tfmodels.Recipe, error) {
	_, name, _ := strings.Cut(test, "/")
	switch {
	case strings.HasPrefix(name, "cnn"):
		return tfmodels.Recipe{Optimizer: "rmsprop", LearningRate: 1e-3}, nil
	case strings.HasPrefix(name, "residual"):
		return tfmodels.Recipe{Optimizer: "adam", LearningRate: 1e-3}, nil
	}
	return tfmodels.Recipe{Optimizer: "sgd", LearningRate: 0.1}, nil
}

// train takes as many steps as Keras did, each with all examples.
func (r *stored) train(t *testing.T, p *graphs.Program) {
	t.Helper()
	tolerance := 1e-5
	if r.network.Model.Older {
		tolerance = 3e-5 // Keras 2's normalization kernel computes a mean that differs in the sixth digit
	}
	for i, want := range r.Arrays["loss"].Float32() {
		if got := r.step(t, p); !(apart([]float32{got}, []float32{want}) <= tolerance) {
			t.Errorf("the loss of step %d is %g: Keras's is %g", i+1, got, want)
		}
	}
	after, err := p.Weights()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range after {
		tolerance := 1e-5
		if r.network.Model.Older && strings.HasSuffix(e.Name, "moving_variance") {
			tolerance = 1e-3 // Keras 2 averages the unbiased variance, but Keras 3 and tflab average the biased one
		}
		if d := apart(e.Array.Float32(), r.Arrays[keras2Name(r.Arrays, "after/"+e.Name)].Float32()); !(d <= tolerance) {
			t.Errorf("%s after the steps differs from Keras's by %g", e.Name, d)
		}
	}
	if want := r.Arrays["learning_rate"]; want != nil {
		if got, err := p.LearningRate(); err != nil || !(math.Abs(got/float64(want.Float32()[0])-1) <= 1e-6) {
			t.Errorf("the next learning rate is %g, %v: Keras's is %g", got, err, want.Float32()[0])
		}
	}
	if want := r.Arrays["evaluated"]; want != nil {
		score, err := fit.Evaluate(t.Context(), p, r)
		if d := apart([]float32{float32(score.Loss)}, want.Float32()); err != nil || !(d <= 1e-5) {
			t.Errorf("the loss of an evaluation is %g, %v: Keras's is %g", score.Loss, err, want.Float32()[0])
		}
	}
}

// step trains on the only batch, and returns its loss.
func (r *stored) step(t *testing.T, p *graphs.Program) float32 {
	t.Helper()
	if err := p.Training.Load(r); err != nil {
		t.Fatal(err)
	}
	if err := p.Training.Begin(nil, r.Len(), graphs.Sums{}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Training.Step(); err != nil {
		t.Fatal(err)
	}
	sums, err := p.Training.Sums()
	if err != nil {
		t.Fatal(err)
	}
	return float32(sums.Loss / float64(r.Len()))
}
