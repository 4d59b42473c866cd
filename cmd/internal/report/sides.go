package report

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Side is one of two programs that trained the same network, and its measurements for
// each epoch. Either series may be nil.
type Side struct {
	Name     string
	Accuracy []float64 // between 0 and 1
	Loss     []float64 // in nats
}

// SidesPlot draws one side over the other. The second line is dashed with hollow
// markers, so that the first is visible where both coincide.
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
