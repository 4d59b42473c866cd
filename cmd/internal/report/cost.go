package report

import (
	"image/color"
	"math"
	"slices"
	"strconv"

	"github.com/dustin/go-humanize"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/tflab/tflab/graphs/fit"
)

// Cost is the training cost of one network.
type Cost struct {
	Name         string
	Network      string
	History      *fit.History
	Parameters   int
	MultiplyAdds int // in the forward pass of one example
}

// CostPlot draws bars of the seconds per epoch, the parameters and the multiply-adds
// per example of each network.
func CostPlot(title string, costs []Cost) Picture {
	const rowHeight = vg.Length(20)
	heads := []string{"seconds per epoch", "parameters", "multiply-adds per example"}
	notes := []string{"Seconds: the median of the epochs, validation included. Each column has its own scale, from 0."}
	for _, c := range costs {
		if len(c.History.Epochs) == 0 {
			notes = append(notes, c.Name+" has not completed an epoch.")
		}
	}
	height := rowHeight*vg.Length(len(costs)) + labelSize*1.8
	return frame{title: title, notes: notes}.picture(height, func(c draw.Canvas) {
		names := vg.Length(0)
		style := typeface(labelSize, black)
		for _, cost := range costs {
			names = max(names, style.Width(cost.Name)+10)
		}
		for i, cost := range costs {
			row := style
			row.YAlign = text.YCenter
			c.FillText(row, vg.Point{X: c.Min.X, Y: c.Max.Y - labelSize*1.8 - (vg.Length(i)+0.5)*rowHeight}, cost.Name)
		}
		width := (c.Max.X - c.Min.X - names) / vg.Length(len(heads))
		for column, head := range heads {
			box := draw.Crop(c, names+vg.Length(column)*width, 0, 0, 0)
			box.Max.X = box.Min.X + width - 8
			drawBars(box, head, rowHeight, costs, column)
		}
	})
}

// drawBars draws one column: a head, then a bar and its number for each cost.
func drawBars(c draw.Canvas, head string, rowHeight vg.Length, costs []Cost, column int) {
	number := typeface(smallSize, black)
	number.YAlign = text.YCenter
	c.FillText(typeface(smallSize, grey), vg.Point{X: c.Min.X, Y: c.Max.Y - labelSize*1.2}, head)
	values, texts := make([]float64, len(costs)), make([]string, len(costs))
	longest, room := 0.0, vg.Length(0)
	for i, cost := range costs {
		values[i] = []float64{SecondsPerEpoch(cost.History), float64(cost.Parameters), float64(cost.MultiplyAdds)}[column]
		if texts[i] = Count(int(values[i])); column == 0 {
			texts[i] = Seconds(values[i])
		}
		if values[i] > longest { // false for NaN
			longest = values[i]
		}
		room = max(room, number.Width(texts[i])+4)
	}
	for i, cost := range costs {
		middle := c.Max.Y - labelSize*1.8 - (vg.Length(i)+0.5)*rowHeight
		length := vg.Length(0)
		if values[i] > 0 {
			length = max(1, (c.Max.X-c.Min.X-room)*vg.Length(values[i]/longest))
		}
		bar := vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: middle - 5.5}, Max: vg.Point{X: c.Min.X + length, Y: middle + 5.5}}
		c.SetColor(color.Color(lookOf(cost.Network).color))
		c.Fill(bar.Path())
		c.FillText(number, vg.Point{X: bar.Max.X + 4, Y: middle}, texts[i])
	}
}

// SecondsPerEpoch returns the median duration of an epoch, which a slow first epoch
// does not affect, or NaN if there are no epochs.
func SecondsPerEpoch(h *fit.History) float64 {
	var seconds []float64
	for _, e := range h.Epochs {
		seconds = append(seconds, e.Duration)
	}
	return Median(seconds)
}

// Median returns the median of the finite values, or NaN if there are none. For an even
// count it is the mean of the middle two; gonum's quantiles return one of them.
func Median(values []float64) float64 {
	sorted := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return !isFinite(v) })
	if len(sorted) == 0 {
		return math.NaN()
	}
	slices.Sort(sorted)
	return stat.Mean(sorted[(len(sorted)-1)/2:len(sorted)/2+1], nil)
}

// Seconds formats a duration in seconds with three digits: "0.123", "12.3", "1234". It
// returns "-" for a duration that was not measured.
func Seconds(s float64) string {
	if !isFinite(s) {
		return "-"
	}
	decimals := 0
	for limit := 100.0; decimals < 3 && s < limit; limit /= 10 {
		decimals++
	}
	return strconv.FormatFloat(s, 'f', decimals, 64)
}

// Count formats a number with thousands separators: "1,199,882".
func Count(n int) string { return humanize.Comma(int64(n)) }
