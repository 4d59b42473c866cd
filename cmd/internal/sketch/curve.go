package sketch

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Curve is a line of shares, from 0 to 1, over whole numbers from 0.
type Curve struct {
	Title, XName, YName string
	Values              []float64 // Values[i] stands above i
}

// WriteFile writes the curve as a PNG, whole or not at all.
func (c Curve) WriteFile(path string) (err error) {
	defer func() { // gonum/plot panics where it finds nothing to do
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %v", path, p)
		}
	}()
	points := make(plotter.XYs, len(c.Values))
	for i, v := range c.Values {
		points[i] = plotter.XY{X: float64(i), Y: v}
	}
	line, err := plotter.NewLine(points)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	line.LineStyle = draw.LineStyle{Color: ink, Width: 1.6}
	grid := plotter.NewGrid()
	grid.Vertical.Color = nil

	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.Title, c.XName, c.YName
	p.Title.TextStyle.Font = sans(13)
	p.Title.Padding = 8
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font = sans(11)
		a.Tick.Label.Font = sans(10)
	}
	p.Add(grid, line)
	p.X.Min, p.X.Max = 0, max(1, float64(len(c.Values)-1))
	p.Y.Min, p.Y.Max = 0, 1
	p.X.Tick.Marker = plot.TickerFunc(wholeTicks)
	p.Y.Tick.Marker = plot.TickerFunc(tenths)

	canvas := vgimg.NewWith(vgimg.UseWH(6*vg.Inch, 3.6*vg.Inch), vgimg.UseDPI(150))
	p.Draw(draw.Crop(draw.New(canvas), 6, -10, 6, -6))
	return writePNG(path, canvas.Image())
}

func sans(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

// wholeTicks marks at most about ten whole numbers, 1, 2 or 5 times a power of
// ten apart.
func wholeTicks(_, most float64) []plot.Tick {
	step := math.Pow(10, math.Floor(math.Log10(max(most/10, 1))))
	for _, factor := range []float64{1, 2, 5, 10} {
		if most/(step*factor) <= 10 {
			step *= factor
			break
		}
	}
	var ticks []plot.Tick
	for v := 0.; v <= most; v += step {
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.Itoa(int(v))})
	}
	return ticks
}

// tenths marks 0, 0.1, … 1, every other with a label.
func tenths(_, _ float64) []plot.Tick {
	var ticks []plot.Tick
	for i := range 11 {
		t := plot.Tick{Value: float64(i) / 10}
		if i%2 == 0 {
			t.Label = fmt.Sprintf("%.1f", t.Value)
		}
		ticks = append(ticks, t)
	}
	return ticks
}
