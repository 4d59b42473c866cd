package graphs

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/tflab/tflab/graphs/npy"
)

// Initializer returns the initial values of a weight of the given shape.
type Initializer func(shape []int, random *rand.Rand) []float32

// Zeros is the initializer of biases.
func Zeros(shape []int, _ *rand.Rand) []float32 {
	return make([]float32, Weight{Shape: shape}.Size())
}

// Ones is the initializer of scales and of moving variances.
func Ones(shape []int, _ *rand.Rand) []float32 {
	values := make([]float32, Weight{Shape: shape}.Size())
	for i := range values {
		values[i] = 1
	}
	return values
}

// GlorotUniform draws from U(-l, l) with l = sqrt(6/(fan_in+fan_out)) (Glorot and
// Bengio, 2010). The last two dimensions of the shape are inputs and outputs. The
// others are the extent of a kernel, which multiplies both fans
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

// Fans returns the numbers of inputs and outputs of a weight's unit, by which
// initializers scale.
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

// InitialWeights draws the initial values of a model's weights. Each weight has a
// random stream that depends on the seed and its name, so that adding or removing a
// layer does not change the values of the others.
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
