package keras

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/tflab/tflab/graphs"
)

// initializer returns Keras's initializer of a class
// (keras/src/initializers/random_initializers.py).
func initializer(o Object) (graphs.Initializer, error) {
	c := o.Config
	switch o.Class {
	case "Zeros":
		return graphs.Zeros, nil
	case "Ones":
		return graphs.Ones, nil
	case "GlorotUniform":
		return graphs.GlorotUniform, nil
	case "Constant":
		return each(func(*rand.Rand) float64 { return c.float("value") }), nil
	case "RandomNormal":
		return each(func(r *rand.Rand) float64 { return c.float("mean") + c.float("stddev")*r.NormFloat64() }), nil
	case "TruncatedNormal":
		return each(func(r *rand.Rand) float64 { return c.float("mean") + c.float("stddev")*truncated(r) }), nil
	case "RandomUniform":
		low, high := c.float("minval"), c.float("maxval")
		return each(func(r *rand.Rand) float64 { return low + (high-low)*r.Float64() }), nil
	case "VarianceScaling":
		return scaling(c.float("scale"), c.string("mode"), c.string("distribution")), nil
	case "GlorotNormal":
		return scaling(1, "fan_avg", "truncated_normal"), nil
	case "HeNormal":
		return scaling(2, "fan_in", "truncated_normal"), nil
	case "HeUniform":
		return scaling(2, "fan_in", "uniform"), nil
	case "LecunNormal":
		return scaling(1, "fan_in", "truncated_normal"), nil
	case "LecunUniform":
		return scaling(1, "fan_in", "uniform"), nil
	case "Orthogonal":
		return orthogonal(c.float("gain")), nil
	}
	return nil, fmt.Errorf("%s is not supported", o.Class)
}

// each returns an initializer that draws every element independently.
func each(draw func(*rand.Rand) float64) graphs.Initializer {
	return func(shape []int, random *rand.Rand) []float32 {
		values := make([]float32, graphs.Weight{Shape: shape}.Size())
		for i := range values {
			values[i] = float32(draw(random))
		}
		return values
	}
}

// truncated draws from the standard normal distribution, truncated at two standard
// deviations.
func truncated(r *rand.Rand) float64 {
	for {
		if v := r.NormFloat64(); math.Abs(v) <= 2 {
			return v
		}
	}
}

// truncatedDeviation is the standard deviation of the values that truncated draws.
const truncatedDeviation = 0.87962566103423978

// scaling returns an initializer whose variance is scale divided by the weight's fan.
func scaling(scale float64, mode, distribution string) graphs.Initializer {
	return func(shape []int, random *rand.Rand) []float32 {
		in, out := graphs.Fans(shape)
		fan := float64(in+out) / 2
		switch mode {
		case "fan_in":
			fan = float64(in)
		case "fan_out":
			fan = float64(out)
		}
		variance := scale / max(1, fan)
		draw := func(r *rand.Rand) float64 { return math.Sqrt(variance) * r.NormFloat64() }
		switch {
		case distribution == "uniform":
			limit := math.Sqrt(3 * variance)
			draw = func(r *rand.Rand) float64 { return limit * (2*r.Float64() - 1) }
		case strings.HasPrefix(distribution, "truncated") || distribution == "normal":
			deviation := math.Sqrt(variance) / truncatedDeviation
			draw = func(r *rand.Rand) float64 { return deviation * truncated(r) }
		}
		return each(draw)(shape, random)
	}
}

// orthogonal returns an initializer that draws a matrix with orthonormal columns (or
// rows, if there are fewer rows). The columns are the last axis of the shape. It
// applies the Gram-Schmidt process to columns of normally distributed numbers.
func orthogonal(gain float64) graphs.Initializer {
	return func(shape []int, random *rand.Rand) []float32 {
		size := graphs.Weight{Shape: shape}.Size()
		columns := shape[len(shape)-1]
		rows := size / columns
		long, short := max(rows, columns), min(rows, columns)
		vectors := make([][]float64, short)
		for i := range vectors {
			vectors[i] = orthonormal(vectors[:i], long, random)
		}
		values := make([]float32, size)
		for r := range rows {
			for c := range columns {
				v := 0.0
				if rows >= columns {
					v = vectors[c][r]
				} else {
					v = vectors[r][c]
				}
				values[r*columns+c] = float32(gain * v)
			}
		}
		return values
	}
}

// orthonormal draws a vector of length 1 that is orthogonal to the others.
func orthonormal(others [][]float64, n int, random *rand.Rand) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = random.NormFloat64()
	}
	for range 2 { // the second pass removes the rounding errors of the first
		for _, o := range others {
			dot := 0.0
			for i := range v {
				dot += v[i] * o[i]
			}
			for i := range v {
				v[i] -= dot * o[i]
			}
		}
	}
	norm := 0.0
	for _, x := range v {
		norm += x * x
	}
	for i := range v {
		v[i] /= math.Sqrt(norm)
	}
	return v
}
