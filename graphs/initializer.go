package graphs

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/tflab/tflab/graphs/npy"
)

// Initializer fills a weight of the given shape with its first values.
type Initializer func(shape []int, random *rand.Rand) []float32

// Zeros is the initializer of biases.
func Zeros(shape []int, _ *rand.Rand) []float32 {
	return make([]float32, Weight{Shape: shape}.Size())
}

// Ones is the initializer of what scales, and of moving variances.
func Ones(shape []int, _ *rand.Rand) []float32 {
	values := make([]float32, Weight{Shape: shape}.Size())
	for i := range values {
		values[i] = 1
	}
	return values
}

// GlorotUniform draws from U(-l, l) with l = sqrt(6/(fan_in+fan_out)) (Glorot
// and Bengio, 2010). The last two dimensions of the shape are inputs and
// outputs, what is before them the kernel's extent, which counts for both fans
// (keras/src/initializers/random_initializers.py, compute_fans).
func GlorotUniform(shape []int, random *rand.Rand) []float32 {
	in, out := Fans(shape)
	limit := math.Sqrt(6 / float64(in+out))
	values := make([]float32, Weight{Shape: shape}.Size())
	for i := range values {
		values[i] = float32(limit * (2*random.Float64() - 1))
	}
	return values
}

// Fans counts the inputs and outputs of a weight's unit, which initializers scale by.
func Fans(shape []int) (in, out int) {
	switch n := len(shape); n {
	case 0:
		return 1, 1
	case 1:
		return shape[0], shape[0]
	default:
		extent := Weight{Shape: shape[:n-2]}.Size()
		return extent * shape[n-2], extent * shape[n-1]
	}
}

// InitialWeights draws the first values of a model's weights. Each weight has a
// stream of its own, keyed by the seed and its name, so that a layer more or
// less leaves the others' values as they are.
func InitialWeights(m Model, seed int64) []npy.Entry {
	var entries []npy.Entry
	for _, w := range m.Weights() {
		name := fnv.New64a()
		name.Write([]byte(w.Name))
		random := rand.New(rand.NewPCG(uint64(seed), name.Sum64()))
		entries = append(entries, npy.Entry{Name: w.Name, Array: npy.New(w.Shape, w.Initializer(w.Shape, random))})
	}
	return entries
}
