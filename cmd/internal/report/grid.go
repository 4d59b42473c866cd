package report

import (
	"image"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// grid is a grid of images of one size, each with space for a caption below.
type grid struct {
	images  []image.Image
	columns int
	caption vg.Length // height below each image
	gap     vg.Length // between images
}

// side returns the width and height of an image.
func (g grid) side() vg.Length {
	return (pictureWidth - 2*margin - vg.Length(g.columns-1)*g.gap) / vg.Length(g.columns)
}

func (g grid) height() vg.Length {
	rows := (len(g.images) + g.columns - 1) / g.columns
	return vg.Length(rows) * (g.side() + g.caption + g.gap)
}

// draw draws the images and calls caption with the midpoint of each image's lower edge.
func (g grid) draw(c draw.Canvas, caption func(i int, below vg.Point)) {
	side := g.side()
	for i, img := range g.images {
		corner := vg.Point{
			X: c.Min.X + vg.Length(i%g.columns)*(side+g.gap),
			Y: c.Max.Y - vg.Length(i/g.columns)*(side+g.caption+g.gap) - side,
		}
		box := vg.Rectangle{Min: corner, Max: vg.Point{X: corner.X + side, Y: corner.Y + side}}
		c.DrawImage(box, enlarged(img))
		c.SetLineStyle(draw.LineStyle{Color: lightGrey, Width: 0.5})
		c.Stroke(box.Path())
		caption(i, vg.Point{X: corner.X + side/2, Y: corner.Y})
	}
}

// enlarged repeats each pixel, so that viewers do not blur adjacent pixels.
func enlarged(img image.Image) image.Image {
	const least = 240 // pixels; about the size of a grid's image in print
	b := img.Bounds()
	n := max(1, (least+b.Dx()-1)/max(1, b.Dx()))
	large := image.NewRGBA(image.Rect(0, 0, n*b.Dx(), n*b.Dy()))
	for y := range n * b.Dy() {
		for x := range n * b.Dx() {
			large.Set(x, y, img.At(b.Min.X+x/n, b.Min.Y+y/n))
		}
	}
	return large
}
