package lowlevel

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// Examples are labelled images: pixels N x H x W x C, one byte each, row-major, and the
// class of each image.
type Examples struct {
	Images []byte
	Labels []uint8
}

// Len returns the number of examples.
func (e Examples) Len() int { return len(e.Labels) }

// slice returns the examples from first up to but not including end.
func (e Examples) slice(first, end int) Examples {
	size := len(e.Images) / e.Len()
	return Examples{e.Images[first*size : end*size], e.Labels[first:end]}
}

// Pick returns copies of the examples with the given indices, in that order.
func (e Examples) Pick(indices []int) Examples {
	size := len(e.Images) / e.Len()
	picked := Examples{make([]byte, 0, len(indices)*size), make([]uint8, 0, len(indices))}
	for _, i := range indices {
		picked.Images = append(picked.Images, e.Images[i*size:(i+1)*size]...)
		picked.Labels = append(picked.Labels, e.Labels[i])
	}
	return picked
}

func (e Examples) check(c Config) error {
	size := c.Shape[0] * c.Shape[1] * c.Shape[2]
	if e.Len() == 0 || len(e.Images) != e.Len()*size {
		return fmt.Errorf("network: got %d labels and %d bytes of images: want at least one label and %d bytes for each",
			e.Len(), len(e.Images), size)
	}
	for i, label := range e.Labels {
		if int(label) >= c.Classes {
			return fmt.Errorf("network: label of example %d: got %d: want 0 to %d", i, label, c.Classes-1)
		}
	}
	return nil
}

// Training configures training. Zero fields have the default in brackets.
type Training struct {
	Cycles    int // [100]
	CycleSize int // examples per cycle [500]
	BatchSize int // examples per mini-batch [25]
}

// Cycle is the result of a cycle.
type Cycle struct {
	Number   int     // from 1; 0 is the state before training
	Accuracy float64 // on the test examples, from 0 to 1
	Loss     float64 // mean over the cycle's examples during training; NaN for cycle 0
}

// Train trains the network. A cycle runs the forward and backward pass of CycleSize
// training examples in mini-batches, and then computes the accuracy on all test
// examples. Train calls report after each cycle, and once before the first. The
// examples are in an order drawn from the network's seed, in which each occurs once
// before any occurs again.
//
// Train stops early and returns an error when ctx is done, when report returns an
// error, or when the loss is no longer finite.
func (n *Network) Train(ctx context.Context, train, test Examples, t Training, report func(Cycle) error) error {
	t.Cycles, t.CycleSize, t.BatchSize = cmp.Or(t.Cycles, 100), cmp.Or(t.CycleSize, 500), cmp.Or(t.BatchSize, 25)
	if t.Cycles < 1 || t.CycleSize < 1 || t.BatchSize < 1 {
		return fmt.Errorf("network: got %d cycles of %d examples in batches of %d: want at least 1 of each",
			t.Cycles, t.CycleSize, t.BatchSize)
	}
	for _, e := range []Examples{train, test} {
		if err := e.check(n.config); err != nil {
			return err
		}
	}
	d := deck{random: rand.New(rand.NewPCG(n.config.Seed, 1)), size: train.Len()}
	loss := math.NaN()
	for cycle := 0; ; cycle++ {
		accuracy, err := n.Accuracy(test)
		if err != nil {
			return err
		}
		if err := report(Cycle{cycle, accuracy, loss}); err != nil {
			return err
		}
		if cycle == t.Cycles {
			return nil
		}
		if loss, err = n.cycle(ctx, train, d.draw(t.CycleSize), t.BatchSize); err != nil {
			return fmt.Errorf("cycle %d: %w", cycle+1, err)
		}
	}
}

// cycle trains on some of the examples and returns their mean loss.
func (n *Network) cycle(ctx context.Context, train Examples, indices []int, batchSize int) (float64, error) {
	var sum float64
	for first := 0; first < len(indices); first += batchSize {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		batch := indices[first:min(first+batchSize, len(indices))]
		loss, err := n.Update(train.Pick(batch))
		if err != nil {
			return 0, err
		}
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return 0, fmt.Errorf("the loss is %v: want a finite number; use a lower learning rate", loss)
		}
		sum += loss * float64(len(batch))
	}
	return sum / float64(len(indices)), nil
}

// deck returns the indices from 0 up to but not including size in random order, and
// shuffles them again when all have been returned.
type deck struct {
	random *rand.Rand
	size   int
	left   []int
}

func (d *deck) draw(count int) []int {
	var drawn []int
	for len(drawn) < count {
		if len(d.left) == 0 {
			d.left = d.random.Perm(d.size)
		}
		k := min(count-len(drawn), len(d.left))
		drawn = append(drawn, d.left[:k]...)
		d.left = d.left[k:]
	}
	return drawn
}
