// Package analysis examines a trained network: which test images it misclassifies, and
// whether its linear layers collapse into one.
package analysis

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"

	"github.com/tflab/tflab/tfmodels/dataset"
)

// Predictions holds the predictions of a trained network for a test set.
type Predictions struct {
	Classes   []string  `json:"classes"`
	Confusion [][]int   `json:"confusion"` // counts, [label][predicted class]
	Mistakes  []Mistake `json:"mistakes"`  // in order of decreasing probability
}

// Mistake is a misclassified test image.
type Mistake struct {
	Index       int     `json:"index"` // index in the test set, from 0
	Label       int     `json:"label"`
	Guess       int     `json:"guess"`
	Probability float64 `json:"probability"` // probability of Guess
	PNG         []byte  `json:"png"`         // the encoded image
}

// Judge compares the predicted probabilities, row-major [examples, classes], with the
// labels of a test set, and keeps the mistakes of highest probability. The predicted
// class is the one of the largest probability; of equal ones, the first.
func Judge(test *dataset.Set, probabilities []float32, keep int) (*Predictions, error) {
	classes := len(test.Classes())
	if len(probabilities) != test.Len()*classes {
		return nil, fmt.Errorf("predictions: %d probabilities: want %d examples of %d classes", len(probabilities), test.Len(), classes)
	}
	p := &Predictions{Classes: test.Classes(), Confusion: make([][]int, classes)}
	for i := range p.Confusion {
		p.Confusion[i] = make([]int, classes)
	}
	for i, label := range test.Labels() {
		row := probabilities[i*classes : (i+1)*classes]
		guess := 0
		for c, v := range row {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return nil, fmt.Errorf("predictions: example %d: probability of class %d is %v: want a finite number", i, c, v)
			}
			if v > row[guess] {
				guess = c
			}
		}
		p.Confusion[label][guess]++
		if guess != int(label) {
			p.Mistakes = append(p.Mistakes, Mistake{Index: i, Label: int(label), Guess: guess, Probability: float64(row[guess])})
		}
	}
	slices.SortStableFunc(p.Mistakes, func(a, b Mistake) int { return cmp.Compare(b.Probability, a.Probability) })
	p.Mistakes = p.Mistakes[:min(keep, len(p.Mistakes))]
	for i := range p.Mistakes {
		m := &p.Mistakes[i]
		var data bytes.Buffer
		if err := png.Encode(&data, picture(test, m.Index)); err != nil {
			return nil, fmt.Errorf("predictions: image %d: %w", m.Index, err)
		}
		m.PNG = data.Bytes()
	}
	return p, nil
}

// picture returns one example as an image, grey or RGB.
func picture(s *dataset.Set, i int) image.Image {
	shape, pixels := s.Shape(), s.Image(i)
	bounds := image.Rect(0, 0, shape[1], shape[0])
	if shape[2] == 1 {
		return &image.Gray{Pix: pixels, Stride: shape[1], Rect: bounds}
	}
	img := image.NewNRGBA(bounds)
	for y := range shape[0] {
		for x := range shape[1] {
			p := pixels[(y*shape[1]+x)*shape[2]:]
			img.SetNRGBA(x, y, color.NRGBA{R: p[0], G: p[1], B: p[2], A: 0xff})
		}
	}
	return img
}

// Check reports whether predictions read from a file are consistent.
func (p *Predictions) Check() error {
	n := len(p.Classes)
	if len(p.Confusion) != n {
		return fmt.Errorf("confusion has %d rows: want one for each of %d classes", len(p.Confusion), n)
	}
	for i, row := range p.Confusion {
		if len(row) != n {
			return fmt.Errorf("row %d of the confusion has %d counts: want %d", i, len(row), n)
		}
		if j := slices.IndexFunc(row, func(c int) bool { return c < 0 }); j >= 0 {
			return fmt.Errorf("row %d of the confusion counts %d: want 0 or more", i, row[j])
		}
	}
	for i, m := range p.Mistakes {
		if m.Label < 0 || m.Label >= n || m.Guess < 0 || m.Guess >= n {
			return fmt.Errorf("mistake %d: label %d, guess %d: want classes 0 to %d", i, m.Label, m.Guess, n-1)
		}
	}
	return nil
}
