package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// polygon is a filled marker with one corner at the top, rotated by an angle.
type polygon struct {
	sides int
	turn  float64
}

// DrawGlyph implements draw.GlyphDrawer.
func (p polygon) DrawGlyph(c *draw.Canvas, g draw.GlyphStyle, at vg.Point) {
	radius := g.Radius * 1.35 // the area is then about that of a disc
	corners := make([]vg.Point, p.sides)
	for i := range corners {
		sin, cos := math.Sincos(p.turn + math.Pi/2 + 2*math.Pi*float64(i)/float64(p.sides))
		corners[i] = vg.Point{X: at.X + radius*vg.Length(cos), Y: at.Y + radius*vg.Length(sin)}
	}
	c.FillPolygon(g.Color, corners)
}

// hollow is a round marker with a white centre, for validation.
type hollow struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (hollow) DrawGlyph(c *draw.Canvas, g draw.GlyphStyle, at vg.Point) {
	draw.CircleGlyph{}.DrawGlyph(c, g, at)
	c.SetColor(color.White)
	g.Radius -= 1.1
	draw.CircleGlyph{}.DrawGlyph(c, g, at)
}
