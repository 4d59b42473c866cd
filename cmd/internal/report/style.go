package report

import (
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	titleSize = vg.Length(13)
	labelSize = vg.Length(9.5)
	smallSize = vg.Length(8)
)

// typeface returns the style of all text in pictures, aligned left on the baseline.
// There is no bold face, because vgpdf cannot embed one.
func typeface(size vg.Length, c color.Color) text.Style {
	return text.Style{
		Color:   c,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		XAlign:  draw.XLeft,
		YAlign:  draw.YBottom,
		Handler: text.Plain{Fonts: font.DefaultCache},
	}
}

// wrap breaks a text between words into lines of at most the given width.
func wrap(s text.Style, width vg.Length, txt string) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(txt) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && s.Width(longer) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// newPanel returns an empty plot in the style of the pictures. The label of the
// vertical axis is horizontal, above the axis.
func newPanel(xName string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text = xName
	p.X.Label.TextStyle = typeface(labelSize, black)
	p.X.Label.TextStyle.XAlign = draw.XCenter
	p.X.Label.Padding = 3
	axis := draw.LineStyle{Color: grey, Width: 0.75}
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle, a.Tick.LineStyle = axis, axis
		a.Tick.Length = 4
		a.Padding = 5
		a.Tick.Label.Font = typeface(labelSize, black).Font
	}
	p.X.Tick.Marker = plot.TickerFunc(wholeTicks)
	p.Y.Tick.Marker = plot.TickerFunc(niceTicks)
	return p
}

// wholeTicks returns ticks at whole numbers: at each if they fit, with labels at every
// first, second, fifth, and so on.
func wholeTicks(min, max float64) []plot.Tick {
	step := math.Max(1, niceStep((max-min)/12))
	minor := 1.0
	if max-min > 50 {
		minor = step / 2
	}
	var ticks []plot.Tick
	for i := minor * math.Ceil(min/minor); i <= max; i += minor {
		t := plot.Tick{Value: i}
		if math.Mod(i, step) == 0 {
			t.Label = strconv.FormatFloat(i, 'f', 0, 64)
		}
		ticks = append(ticks, t)
	}
	return ticks
}

// niceTicks returns three to seven ticks at round values, labelled with as many
// decimals as their distance requires.
func niceTicks(min, max float64) []plot.Tick {
	step := niceStep((max - min) / 7)
	format, digits := byte('f'), int(math.Max(0, math.Ceil(-math.Log10(step)-1e-9)))
	if step >= 1e6 || step < 1e-6 {
		format, digits = 'g', 3
	}
	var ticks []plot.Tick
	for i := math.Ceil(min/step - 1e-9); i*step <= max+1e-9*step; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: strconv.FormatFloat(i*step+0, format, digits, 64)})
	}
	return ticks
}

// niceStep returns the smallest of 1, 2 and 5 times a power of ten that is not less
// than the given value.
func niceStep(least float64) float64 {
	if least <= 0 || math.IsInf(least, 0) || math.IsNaN(least) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= least*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}
