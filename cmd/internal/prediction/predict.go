package prediction

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/tflab/tflab/graphs/serving"
)

// batch is the number of images predicted at a time.
const batch = 128

// Request describes what to predict.
type Request struct {
	Arguments []string // files, folders of files, or "-" for Stdin
	Stdin     io.Reader
	Invert    bool        // invert the brightness of the images
	Failed    func(error) // called with an error, which names the file, for each file that cannot be read
}

// Prediction is a network's prediction for an image.
type Prediction struct {
	File          string
	Probabilities []float32 // one per class
	Ranked        []int     // the classes in order of decreasing probability
}

// Result is what Predict returns.
type Result struct {
	Predictions []Prediction
	DarkOnLight int // number of images that look like dark writing on light paper
}

// Predict predicts all readable images, in their order.
func Predict(ctx context.Context, c serving.Classifier, q Request) (Result, error) {
	r := reader{shape: c.InputShape(), stdin: q.Stdin, invert: q.Invert}
	var result Result
	var waiting []image
	for _, file := range expand(q.Arguments, q.Failed) {
		if err := ctx.Err(); err != nil {
			return result, err
		}
		images, err := r.read(file)
		if err != nil {
			q.Failed(err)
			continue
		}
		for _, i := range images {
			if i.darkOnLight(r.shape) {
				result.DarkOnLight++
			}
		}
		waiting = append(waiting, images...)
		for len(waiting) >= batch {
			if err := result.add(ctx, c, waiting[:batch]); err != nil {
				return result, err
			}
			waiting = waiting[batch:]
		}
	}
	return result, result.add(ctx, c, waiting)
}

// add predicts images. Images of floats and of bytes are in separate batches.
func (r *Result) add(ctx context.Context, c serving.Classifier, images []image) error {
	for len(images) > 0 {
		n := 1
		for n < len(images) && (images[n].values.Bytes == nil) == (images[0].values.Bytes == nil) {
			n++
		}
		var all serving.Images
		for _, i := range images[:n] {
			all.Bytes = append(all.Bytes, i.values.Bytes...)
			all.Floats = append(all.Floats, i.values.Floats...)
		}
		values, err := c.Predict(ctx, all)
		if err != nil {
			return err
		}
		classes := len(c.Classes())
		if len(values) != n*classes {
			return fmt.Errorf("the network returned %d numbers for %d images: want %d per image", len(values), n, classes)
		}
		for k, i := range images[:n] {
			r.Predictions = append(r.Predictions, newPrediction(i.file, values[k*classes:(k+1)*classes]))
		}
		images = images[n:]
	}
	return nil
}

func newPrediction(file string, probabilities []float32) Prediction {
	p := Prediction{File: file, Probabilities: probabilities, Ranked: make([]int, len(probabilities))}
	for i := range p.Ranked {
		p.Ranked[i] = i
	}
	slices.SortStableFunc(p.Ranked, func(a, b int) int { return cmp.Compare(probabilities[b], probabilities[a]) })
	return p
}

// Distribution reports whether the outputs of all predictions are probabilities that
// sum to 1.
func (r Result) Distribution() bool {
	for _, p := range r.Predictions {
		var sum float64
		for _, v := range p.Probabilities {
			if !(v >= 0) {
				return false
			}
			sum += float64(v)
		}
		if !(sum > 0.99 && sum < 1.01) {
			return false
		}
	}
	return true
}
