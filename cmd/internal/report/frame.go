package report

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	pictureWidth = vg.Length(5.4 * vg.Inch) // still readable when a phone scales it to three quarters
	margin       = vg.Length(8)
	swatchWidth  = vg.Length(26)

	titleHeight  = titleSize * 1.3
	legendHeight = labelSize * 1.6
	noteHeight   = smallSize * 1.35
)

// frame holds what surrounds every picture: title and legend above, notes below.
type frame struct {
	title  string
	legend []series
	notes  []string
}

// picture draws the frame around a body of the given height.
func (f frame) picture(height vg.Length, body func(draw.Canvas)) Picture {
	const room = pictureWidth - 2*margin
	titleStyle, noteStyle := typeface(titleSize, black), typeface(smallSize, grey)
	title := wrap(titleStyle, room, f.title)
	legend := legendRows(f.legend, room)
	var notes []string
	for _, n := range f.notes {
		notes = append(notes, wrap(noteStyle, room, n)...)
	}
	header := vg.Length(len(title))*titleHeight + vg.Length(len(legend))*legendHeight + 6
	footer := vg.Length(len(notes)) * noteHeight
	return Picture{width: pictureWidth, height: 2*margin + header + height + footer, draw: func(c draw.Canvas) {
		c.SetColor(color.White)
		c.Fill(c.Rectangle.Path())
		c = draw.Crop(c, margin, -margin, margin, -margin)
		y := c.Max.Y
		for _, line := range title {
			y -= titleHeight
			c.FillText(titleStyle, vg.Point{X: c.Min.X, Y: y}, line)
		}
		for _, row := range legend {
			y -= legendHeight
			drawLegendRow(c, row, y)
		}
		for i, line := range notes {
			c.FillText(noteStyle, vg.Point{X: c.Min.X, Y: c.Min.Y + footer - vg.Length(i+1)*noteHeight}, line)
		}
		body(draw.Crop(c, 0, 0, footer, -header))
	}}
}

// legendRows breaks a legend into rows that fit the width.
func legendRows(all []series, width vg.Length) [][]series {
	var rows [][]series
	room := vg.Length(0)
	for _, s := range all {
		need := entryWidth(s)
		if len(rows) == 0 || need > room {
			rows, room = append(rows, nil), width
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], s)
		room -= need
	}
	return rows
}

func entryWidth(s series) vg.Length {
	return swatchWidth + 5 + typeface(labelSize, black).Width(s.name) + 14
}

func drawLegendRow(c draw.Canvas, row []series, y vg.Length) {
	style := typeface(labelSize, black)
	x := c.Min.X
	for _, s := range row {
		middle := y + labelSize*0.36
		s.swatch(c, vg.Point{X: x, Y: middle}, vg.Point{X: x + swatchWidth, Y: middle})
		c.FillText(style, vg.Point{X: x + swatchWidth + 5, Y: y}, s.name)
		x += entryWidth(s)
	}
}
