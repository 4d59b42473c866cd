package report

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Guess is a test image and the network's prediction for it.
type Guess struct {
	Image       image.Image
	Label       string
	Guess       string
	Probability float64 // probability of the predicted class, 0 to 1
}

// GuessGrid draws images with their label, the predicted class and its probability.
func GuessGrid(title string, guesses []Guess) Picture {
	const columns, textHeight = 5, 3*noteHeight + 6
	var notes []string
	if len(guesses) == 0 {
		notes = append(notes, "None.")
	}
	images := make([]image.Image, len(guesses))
	for i, g := range guesses {
		images[i] = g.Image
	}
	g := grid{images: images, columns: columns, caption: textHeight, gap: 10}
	return frame{title: title, notes: notes}.picture(g.height(), func(c draw.Canvas) {
		style := typeface(smallSize, black)
		style.XAlign = text.XCenter
		g.draw(c, func(i int, below vg.Point) {
			for line, txt := range []string{
				"label " + guesses[i].Label, "guess " + guesses[i].Guess,
				fmt.Sprintf("%.1f %%", 100*guesses[i].Probability),
			} {
				c.FillText(style, vg.Point{X: below.X, Y: below.Y - vg.Length(line+1)*noteHeight}, txt)
			}
		})
	})
}

// FilterGrid draws the filters of a convolution. The kernel is row-major [height,
// width, channels, filters], as in Keras. Filters of three channels are drawn in
// colour, others as the mean of their channels.
func FilterGrid(title string, shape [4]int, kernel []float32) (Picture, error) {
	height, width, channels, filters := shape[0], shape[1], shape[2], shape[3]
	if min(height, width, channels, filters) < 1 || height*width*channels*filters != len(kernel) {
		return Picture{}, fmt.Errorf("report: filters: %d numbers of shape %v: want height, width, channels and filters of 1 or more, and as many numbers", len(kernel), shape)
	}
	limit := 0.0
	for i, v := range kernel {
		if !isFinite(float64(v)) {
			return Picture{}, fmt.Errorf("report: filters: element %d is %v: want finite numbers", i, v)
		}
		limit = math.Max(limit, math.Abs(float64(v)))
	}
	images := make([]image.Image, filters)
	for f := range images {
		images[f] = filterImage(shape, kernel, f, limit)
	}
	g := grid{images: images, columns: 8, gap: 6}
	return frame{title: title, notes: []string{filterNote(channels, limit)}}.picture(g.height(), func(c draw.Canvas) {
		g.draw(c, func(int, vg.Point) {})
	}), nil
}

func filterNote(channels int, limit float64) string {
	switch channels {
	case 1:
		return fmt.Sprintf("Blue: negative, to -%.2g. White: 0. Orange: positive, to %.2g.", limit, limit)
	case 3:
		return fmt.Sprintf("Red, green and blue are the weights of the three channels: grey is 0, the ends of the scale are -%.2g and %.2g.", limit, limit)
	}
	return fmt.Sprintf("The mean of the %d channels. Blue: negative, to -%.2g. White: 0. Orange: positive, to %.2g.", channels, limit, limit)
}

// filterImage draws filter f with one pixel per weight; limit is the end of the scale.
func filterImage(shape [4]int, kernel []float32, f int, limit float64) image.Image {
	channels, filters := shape[2], shape[3]
	img := image.NewRGBA(image.Rect(0, 0, shape[1], shape[0]))
	for y := range shape[0] {
		for x := range shape[1] {
			weight := func(channel int) float64 {
				v := float64(kernel[((y*shape[1]+x)*channels+channel)*filters+f])
				return v / math.Max(limit, math.SmallestNonzeroFloat32)
			}
			img.SetRGBA(x, y, filterColor(channels, weight))
		}
	}
	return img
}

func filterColor(channels int, weight func(channel int) float64) color.RGBA {
	if channels == 3 {
		level := func(c int) uint8 { return uint8(math.Round(127.5 * (1 + weight(c)))) }
		return color.RGBA{R: level(0), G: level(1), B: level(2), A: 0xff}
	}
	mean := 0.0
	for c := range channels {
		mean += weight(c) / float64(channels)
	}
	if mean < 0 {
		return blend(blue, -mean)
	}
	return blend(vermillion, mean)
}
