package report

import (
	"hash/fnv"
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/tflab/tflab/tfmodels"
)

// Colours of the Okabe–Ito palette, which the catalogue's networks use too.
var (
	black      = color.RGBA{0x00, 0x00, 0x00, 0xff}
	orange     = color.RGBA{0xe6, 0x9f, 0x00, 0xff}
	skyBlue    = color.RGBA{0x56, 0xb4, 0xe9, 0xff}
	blue       = color.RGBA{0x00, 0x72, 0xb2, 0xff}
	vermillion = color.RGBA{0xd5, 0x5e, 0x00, 0xff}

	grey      = color.RGBA{0x59, 0x59, 0x59, 0xff} // text next to a point
	lightGrey = color.RGBA{0xdd, 0xdd, 0xdd, 0xff} // grid lines
)

// look is the style of a network's lines: the marker's shape repeats the information of
// the colour, for black-and-white print.
type look struct {
	color  color.RGBA
	shape  draw.GlyphDrawer
	dashes []vg.Length
}

// lookOf returns the look of a network: that of the catalogue, or for an unknown
// network one derived from its name.
func lookOf(network string) look {
	if n, err := tfmodels.Lookup(network); err == nil && n.Look != (tfmodels.Look{}) {
		l := look{color: n.Look.Color, shape: draw.CircleGlyph{}}
		if n.Look.Sides > 0 {
			l.shape = polygon{sides: n.Look.Sides, turn: n.Look.Turned}
		}
		return l
	}
	others := []look{
		{color: vermillion, shape: draw.CircleGlyph{}},
		{color: black, shape: polygon{sides: 5}},
	}
	sum := fnv.New32a()
	sum.Write([]byte(network))
	return others[sum.Sum32()%uint32(len(others))]
}

// looks returns the looks of several runs. Runs of one network have its colour and
// different dashes.
func looks(networks []string) []look {
	dashes := [][]vg.Length{nil, {7, 3}, {2, 2}, {7, 2, 2, 2}, {12, 3}}
	seen := map[color.RGBA]int{}
	all := make([]look, len(networks))
	for i, network := range networks {
		l := lookOf(network)
		l.dashes = dashes[seen[l.color]%len(dashes)]
		seen[l.color]++
		all[i] = l
	}
	return all
}
