package fit

import (
	"fmt"
	"math/rand/v2"
)

// Shuffled returns the order in which an epoch, counted from 0, takes n training
// examples: a permutation of 0 to n-1. The order depends only on seed and epoch, so
// that any program can repeat any epoch.
func Shuffled(n int, seed int64, epoch int) []int32 {
	order := natural(n)
	random(seed, uint64(epoch)+1).Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

// natural returns n examples in their order.
func natural(n int) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	return order
}

func random(seed int64, stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), stream))
}

// order returns the examples of an epoch in their order.
func (r *Run) order(epoch int) []int32 {
	var order []int32
	switch {
	case r.config.Orders != nil:
		order = r.config.Orders[epoch]
	case r.config.InOrder:
		return r.train
	default:
		order = Shuffled(len(r.train), r.config.Seed, epoch)
	}
	examples := make([]int32, len(order))
	for i, at := range order {
		examples[i] = r.train[at]
	}
	return examples
}

// checkOrders checks that each epoch takes each of n examples once.
func checkOrders(orders [][]int32, epochs, n int) error {
	if orders == nil {
		return nil
	}
	if len(orders) < epochs {
		return fmt.Errorf("fit: the orders of %d epochs: want those of all %d", len(orders), epochs)
	}
	for epoch, order := range orders[:epochs] {
		if len(order) != n {
			return fmt.Errorf("fit: order of epoch %d: %d examples: want all %d training examples", epoch+1, len(order), n)
		}
		seen := make([]bool, n)
		for _, at := range order {
			if at < 0 || int(at) >= n || seen[at] {
				return fmt.Errorf("fit: order of epoch %d: example %d is out of range or occurs twice: want each of 0 to %d once", epoch+1, at, n-1)
			}
			seen[at] = true
		}
	}
	return nil
}
