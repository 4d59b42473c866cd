package report

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Side is one of two programs that trained the same network: what it measured
// over its epochs. Either series may be nil.
type Side struct {
	Name     string
	Accuracy []float64 // shares of 1
	Loss     []float64 // nats
}

// SidesPlot draws one side over the other. The second is dashed, with hollow
// markers: where both lines are one, the first shows through.
func SidesPlot(title string, a, b Side) Picture {
	var accuracy, loss []series
	for i, s := range []Side{a, b} {
		l := look{color: skyBlue, shape: draw.CircleGlyph{}}
		if i == 1 {
			l = look{color: black, shape: hollow{}, dashes: []vg.Length{5, 3}}
		}
		accuracy = append(accuracy, newSeries(s.Name, l, percent(s.Accuracy)))
		loss = append(loss, newSeries(s.Name, l, s.Loss))
	}
	accuracy[0].line.Width, loss[0].line.Width = 3, 3
	f := figure{title: title, xName: "epoch"}
	if len(a.Accuracy)+len(b.Accuracy) > 0 {
		f.panels = append(f.panels, panel{heading: accuracyAxis, top: 100, series: accuracy})
	}
	if len(a.Loss)+len(b.Loss) > 0 {
		f.panels = append(f.panels, panel{heading: lossAxis, series: loss})
	}
	return f.picture()
}
