package report

import (
	"image"
	"image/color"
	"math"
)

// Range returns the smallest and largest finite value, so that all tiles of a row can
// share a scale.
func Range(values []float32) (least, greatest float32) {
	least, greatest = float32(math.Inf(1)), float32(math.Inf(-1))
	for _, v := range values {
		if x := float64(v); !math.IsNaN(x) && !math.IsInf(x, 0) {
			least, greatest = min(least, v), max(greatest, v)
		}
	}
	return least, greatest
}

// Grey draws row-major values in grey, from black at least to white at greatest. NaN is
// magenta.
func Grey(height, width int, values []float32, least, greatest float32) image.Image {
	tile := image.NewRGBA(image.Rect(0, 0, width, height))
	for i, v := range values {
		tile.Set(i%width, i/width, greyOf(v, least, greatest))
	}
	return tile
}

func greyOf(v, least, greatest float32) color.Color {
	switch {
	case math.IsNaN(float64(v)):
		return color.RGBA{0xff, 0x00, 0xff, 0xff}
	case v <= least:
		return color.Black
	case v >= greatest:
		return color.White
	}
	return color.Gray{uint8(255*(v-least)/(greatest-least) + 0.5)}
}

// Bar draws a share, from 0 to 1, as a column filled from the bottom.
func Bar(share float32) image.Image {
	const height, width = 28, 14
	tile := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		var c color.Color = color.White
		if float32(height-y)-0.5 <= share*height {
			c = blue
		}
		for x := range width {
			tile.Set(x, y, c)
		}
	}
	return tile
}
