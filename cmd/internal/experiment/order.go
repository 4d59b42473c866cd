package experiment

import (
	"fmt"
	"math"

	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
)

// readOrders reads the order of each epoch's training examples from an array with one
// row per epoch. An empty path returns no orders.
func readOrders(path string) ([][]int32, error) {
	if path == "" {
		return nil, nil
	}
	a, err := npy.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--order: %w", err)
	}
	if len(a.Shape) != 2 {
		return nil, fmt.Errorf("--order %s: an array of shape %v: want one row of training examples per epoch", path, a.Shape)
	}
	n := a.Shape[1]
	orders := make([][]int32, a.Shape[0])
	for i := range orders {
		orders[i] = make([]int32, n)
	}
	for i, v := range a.Float64() {
		if v != math.Trunc(v) || v < 0 || v >= float64(n) {
			return nil, fmt.Errorf("--order %s: epoch %d has example %v: want 0 to %d", path, i/n+1, v, n-1)
		}
		orders[i/n][i%n] = int32(v)
	}
	return orders, nil
}

// WriteOrders writes the orders in which a training run shuffles n examples.
func WriteOrders(path string, epochs, n int, seed int64) error {
	all := make([]float32, 0, epochs*n) // exact up to 16 million examples
	for epoch := range epochs {
		for _, at := range fit.Shuffled(n, seed, epoch) {
			all = append(all, float32(at))
		}
	}
	return npy.WriteFile(path, npy.New([]int{epochs, n}, all))
}
