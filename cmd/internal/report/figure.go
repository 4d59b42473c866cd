package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const panelHeight = 2 * vg.Inch

// panel is one plot of a figure.
type panel struct {
	heading string // label of the vertical axis, with its unit
	series  []series
	top     float64 // upper limit of the scale; 0 for none
	zero    bool    // include 0 in the scale and draw a line there
}

// figure is a column of panels that share a title, a horizontal axis and a legend. The
// legend is above the panels, so it covers no line.
type figure struct {
	title  string
	xName  string
	panels []panel
	notes  []string // text below the panels
}

func (f figure) picture() Picture {
	for _, p := range f.panels {
		f.notes = append(f.notes, gaps(f.xName, p)...)
	}
	around := frame{title: f.title, notes: f.notes}
	if len(f.panels) > 1 || len(f.panels[0].series) > 1 { // a single series needs no legend
		around.legend = f.panels[0].series
	}
	return around.picture(vg.Length(len(f.panels))*panelHeight, f.drawPanels)
}

// drawPanels draws the panels with their vertical axes aligned.
func (f figure) drawPanels(c draw.Canvas) {
	plots := make([][]*plot.Plot, len(f.panels))
	for i, p := range f.panels {
		plots[i] = []*plot.Plot{p.plot(f.xName)}
	}
	const heading = labelSize * 1.9
	tiles := draw.Tiles{Rows: len(plots), Cols: 1, PadTop: heading, PadY: heading}
	for i, row := range plot.Align(plots, tiles, c) {
		plots[i][0].Draw(row[0])
		c.FillText(typeface(labelSize, black), vg.Point{X: c.Min.X, Y: row[0].Max.Y + labelSize*0.7}, f.panels[i].heading)
	}
}

func (p panel) plot(xName string) *plot.Plot {
	panel := newPanel(xName)
	grid := plotter.NewGrid()
	grid.Vertical.Color = nil
	grid.Horizontal = draw.LineStyle{Color: lightGrey, Width: 0.5}
	panel.Add(grid)
	if p.zero {
		zero := plotter.NewFunction(func(float64) float64 { return 0 })
		zero.LineStyle = draw.LineStyle{Color: grey, Width: 1}
		panel.Add(zero)
	}
	for _, s := range p.series {
		panel.Add(s)
	}
	switch {
	case panel.X.Min > panel.X.Max: // nothing to draw
		panel.X.Min, panel.X.Max = 0.5, 1.5
	case panel.X.Min == panel.X.Max: // centre a single epoch
		panel.X.Min, panel.X.Max = panel.X.Min-0.5, panel.X.Max+0.5
	}
	panel.Y.Min, panel.Y.Max = p.scale(panel.Y.Min, panel.Y.Max)
	return panel
}

// scale widens the range of values, so that no line runs along an edge.
func (p panel) scale(min, max float64) (float64, float64) {
	if p.zero {
		min, max = math.Min(min, 0), math.Max(max, 0)
	}
	if min > max { // nothing to draw
		return 0, math.Max(p.top, 1)
	}
	pad := 0.06 * (max - min)
	if pad == 0 {
		pad = math.Max(0.05*math.Abs(max), 0.01)
	}
	if p.top > 0 && max <= p.top {
		return min - pad, math.Min(max+pad, p.top)
	}
	return min - pad, max + pad
}

// gaps lists the values of a panel that are not drawn.
func gaps(xName string, p panel) []string {
	var notes []string
	quantity, _, _ := strings.Cut(p.heading, " (")
	for _, s := range p.series {
		if at := s.missing(); len(at) > 0 {
			notes = append(notes, fmt.Sprintf("Not drawn: %s of %s is not a finite number in %s.", quantity, s.name, places(xName, at)))
		}
	}
	return notes
}

// places formats positions for a sentence: "epoch 3", "epochs 3 to 5 and 8".
func places(xName string, at []int) string {
	var runs []string
	for i := 0; i < len(at); {
		j := i
		for j+1 < len(at) && at[j+1] == at[j]+1 {
			j++
		}
		run := fmt.Sprint(at[i])
		if j > i {
			run = fmt.Sprintf("%d to %d", at[i], at[j])
		}
		runs, i = append(runs, run), j+1
	}
	list := runs[len(runs)-1]
	if len(runs) > 1 {
		list = strings.Join(runs[:len(runs)-1], ", ") + " and " + list
	}
	if len(at) > 1 {
		xName += "s"
	}
	return xName + " " + list
}
