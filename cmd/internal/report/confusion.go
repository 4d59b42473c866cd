package report

import (
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// countsUpTo is the largest number of classes for which the cells show their numbers.
const countsUpTo = 12

// ConfusionPlot draws a confusion matrix: how often each label (row) was predicted as
// each class (column), and below each count its share of the row in percent. The matrix
// is square, [label][predicted class].
func ConfusionPlot(title string, classes []string, counts [][]int) Picture {
	m := matrix{classes: classes, counts: counts, labels: vg.Length(0)}
	label := typeface(smallSize, black)
	for _, c := range classes {
		m.labels = max(m.labels, label.Width(c))
	}
	m.labels += 6
	room := pictureWidth - 2*margin - labelSize*1.6 - m.labels
	m.cell = room / vg.Length(max(1, len(classes)))
	m.upright = m.labels < m.cell
	head := smallSize * 1.6
	if !m.upright {
		head = m.labels
	}
	height := labelSize*1.6 + head + room + 6
	notes := []string{"Numbers: examples, and below them the share of the row in %. Blue: right. Orange: wrong. The darker, the larger the share."}
	if len(classes) > countsUpTo {
		notes = []string{"Blue: right. Orange: wrong. The darker, the larger the share of the row."}
	}
	return frame{title: title, notes: notes}.picture(height, m.draw)
}

type matrix struct {
	classes []string
	counts  [][]int
	cell    vg.Length // width and height of a cell
	labels  vg.Length // width of the longest class name
	upright bool      // whether the column heads fit without rotation
}

func (m matrix) draw(c draw.Canvas) {
	axis, label := typeface(labelSize, black), typeface(smallSize, black)
	side := m.cell * vg.Length(len(m.classes))
	left := c.Max.X - side
	top := c.Min.Y + 6 + side
	axis.XAlign = text.XCenter
	c.FillText(axis, vg.Point{X: left + side/2, Y: c.Max.Y - labelSize*1.1}, "guess")
	turned := axis
	turned.Rotation = math.Pi / 2
	c.FillText(turned, vg.Point{X: c.Min.X + labelSize, Y: top - side/2}, "label")
	for i, class := range m.classes {
		middle := (vg.Length(i) + 0.5) * m.cell
		row, column := label, label
		row.XAlign, row.YAlign = text.XRight, text.YCenter
		c.FillText(row, vg.Point{X: left - 4, Y: top - middle}, class)
		if m.upright {
			column.XAlign = text.XCenter
			c.FillText(column, vg.Point{X: left + middle, Y: top + 4}, class)
			continue
		}
		column.Rotation, column.YAlign = math.Pi/2, text.YCenter
		c.FillText(column, vg.Point{X: left + middle, Y: top + 4}, class)
	}
	for i, row := range m.counts {
		total := 0
		for _, n := range row {
			total += n
		}
		for j, n := range row {
			if n > 0 {
				corner := vg.Point{X: left + vg.Length(j)*m.cell, Y: top - vg.Length(i+1)*m.cell}
				m.drawCell(c, corner, n, float64(n)/float64(total), i == j)
			}
		}
	}
	m.drawGrid(c, left, top, side)
}

// drawCell fills one cell. The colour follows the square root of the share, so that
// rare mistakes are visible next to the diagonal.
func (m matrix) drawCell(c draw.Canvas, corner vg.Point, n int, share float64, right bool) {
	hue := orange
	if right {
		hue = blue
	}
	depth := math.Sqrt(share)
	box := vg.Rectangle{Min: corner, Max: vg.Point{X: corner.X + m.cell, Y: corner.Y + m.cell}}
	c.SetColor(blend(hue, depth))
	c.Fill(box.Path())
	if len(m.classes) > countsUpTo {
		return
	}
	ink := color.Color(black)
	if right && depth > 0.6 {
		ink = color.White
	}
	count, below := typeface(smallSize, ink), typeface(smallSize*0.8, ink)
	count.XAlign, below.XAlign = text.XCenter, text.XCenter
	middle := corner.X + m.cell/2
	c.FillText(count, vg.Point{X: middle, Y: corner.Y + m.cell*0.52}, strconv.Itoa(n))
	c.FillText(below, vg.Point{X: middle, Y: corner.Y + m.cell*0.2}, fmt.Sprintf("%.1f", 100*share))
}

func (m matrix) drawGrid(c draw.Canvas, left, top, side vg.Length) {
	line := draw.LineStyle{Color: lightGrey, Width: 0.5}
	for i := range len(m.classes) + 1 {
		at := vg.Length(i) * m.cell
		c.StrokeLine2(line, left+at, top, left+at, top-side)
		c.StrokeLine2(line, left, top-at, left+side, top-at)
	}
}

// blend mixes a colour with white: depth 0 is white, depth 1 the colour.
func blend(c color.RGBA, depth float64) color.RGBA {
	mix := func(v uint8) uint8 { return uint8(math.Round(255 + depth*(float64(v)-255))) }
	return color.RGBA{R: mix(c.R), G: mix(c.G), B: mix(c.B), A: 0xff}
}
