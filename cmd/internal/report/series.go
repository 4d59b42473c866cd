package report

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// markersUpTo is the largest number of points that are drawn with markers; more markers
// would hide the line.
const markersUpTo = 30

// series is one line of a panel, with gaps at values that are not finite.
type series struct {
	name   string
	first  int // horizontal position of values[0]; the others follow at distance 1
	values []float64
	spread []float64 // half the height of a band around each value; nil for no band
	line   draw.LineStyle
	marker draw.GlyphStyle
}

func newSeries(name string, l look, values []float64) series {
	return series{
		name:   name,
		first:  1, // epochs count from 1
		values: values,
		line:   draw.LineStyle{Color: l.color, Width: 1.6, Dashes: l.dashes},
		marker: draw.GlyphStyle{Color: l.color, Radius: 2.6, Shape: l.shape},
	}
}

func (s series) marked() bool { return len(s.values) <= markersUpTo }

// missing returns the positions of the values that cannot be drawn.
func (s series) missing() []int {
	var at []int
	for i, v := range s.values {
		if !isFinite(v) {
			at = append(at, s.first+i)
		}
	}
	return at
}

// DataRange implements plot.DataRanger. For a series without a finite value it returns
// the empty range, which widens no axis.
func (s series) DataRange() (xmin, xmax, ymin, ymax float64) {
	ymin, ymax = math.Inf(1), math.Inf(-1)
	for i, v := range s.values {
		if isFinite(v) {
			ymin, ymax = math.Min(ymin, v-s.around(i)), math.Max(ymax, v+s.around(i))
		}
	}
	return float64(s.first), float64(s.first + len(s.values) - 1), ymin, ymax
}

// around returns half the height of the band at a value.
func (s series) around(i int) float64 {
	if s.spread == nil || !isFinite(s.spread[i]) {
		return 0
	}
	return s.spread[i]
}

// Plot implements plot.Plotter.
func (s series) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, segment := range s.segments() {
		s.drawBand(c, segment, x, y)
		points := make([]vg.Point, len(segment.values))
		for i, v := range segment.values {
			points[i] = vg.Point{X: x(float64(segment.start + i)), Y: y(v)}
		}
		if len(points) > 1 {
			c.StrokeLines(s.line, points)
		}
		if s.marked() || len(points) == 1 {
			for _, at := range points {
				c.DrawGlyphNoClip(s.marker, at)
			}
		}
	}
}

// drawBand fills the band around a segment in a pale shade of the line's colour.
func (s series) drawBand(c draw.Canvas, segment segment, x, y func(float64) vg.Length) {
	if s.spread == nil || len(segment.values) < 2 {
		return
	}
	var upper, lower []vg.Point
	for i, v := range segment.values {
		at, half := x(float64(segment.start+i)), s.around(segment.start-s.first+i)
		upper = append(upper, vg.Point{X: at, Y: y(v + half)})
		lower = append(lower, vg.Point{X: at, Y: y(v - half)})
	}
	slices.Reverse(lower)
	r, g, b, _ := s.line.Color.RGBA()
	c.FillPolygon(color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 0x38}, append(upper, lower...))
}

// swatch draws the sample of the series in a legend.
func (s series) swatch(c draw.Canvas, from, to vg.Point) {
	c.StrokeLines(s.line, []vg.Point{from, to})
	if s.marked() {
		c.DrawGlyphNoClip(s.marker, vg.Point{X: (from.X + to.X) / 2, Y: (from.Y + to.Y) / 2})
	}
}

type segment struct {
	start  int
	values []float64
}

// segments splits the series at values that are not finite.
func (s series) segments() []segment {
	var all []segment
	open := false
	for i, v := range s.values {
		if !isFinite(v) {
			open = false
			continue
		}
		if !open {
			all = append(all, segment{start: s.first + i})
			open = true
		}
		last := &all[len(all)-1]
		last.values = append(last.values, v)
	}
	return all
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
