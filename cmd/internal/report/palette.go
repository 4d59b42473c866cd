package report

import (
	"hash/fnv"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The palette of Okabe and Ito without its yellow, which is too faint for a
// line on white paper.
var (
	black         = color.RGBA{0x00, 0x00, 0x00, 0xff}
	orange        = color.RGBA{0xe6, 0x9f, 0x00, 0xff}
	skyBlue       = color.RGBA{0x56, 0xb4, 0xe9, 0xff}
	bluishGreen   = color.RGBA{0x00, 0x9e, 0x73, 0xff}
	blue          = color.RGBA{0x00, 0x72, 0xb2, 0xff}
	vermillion    = color.RGBA{0xd5, 0x5e, 0x00, 0xff}
	reddishPurple = color.RGBA{0xcc, 0x79, 0xa7, 0xff}

	grey      = color.RGBA{0x59, 0x59, 0x59, 0xff} // text beside the point
	lightGrey = color.RGBA{0xdd, 0xdd, 0xdd, 0xff} // lines of the grid
)

// look is how a network is drawn: the shape repeats what the colour says, for
// print in black and white.
type look struct {
	color  color.RGBA
	shape  draw.GlyphDrawer
	dashes []vg.Length
}

// lookOf returns the look of a network: a fixed one for those of the lab, and
// for any other name one that depends on the name alone.
func lookOf(network string) look {
	switch network {
	case "mnist-mlp-linear":
		return look{color: orange, shape: polygon{sides: 4}}
	case "mnist-mlp-relu":
		return look{color: skyBlue, shape: draw.CircleGlyph{}}
	case "mnist-cnn":
		return look{color: bluishGreen, shape: polygon{sides: 3}}
	case "mnist-cnn-dropout":
		return look{color: blue, shape: polygon{sides: 3, turn: math.Pi}}
	case "cifar10-cnn":
		return look{color: reddishPurple, shape: polygon{sides: 4, turn: math.Pi / 4}}
	}
	others := []look{
		{color: vermillion, shape: draw.CircleGlyph{}},
		{color: black, shape: polygon{sides: 5}},
	}
	sum := fnv.New32a()
	sum.Write([]byte(network))
	return others[sum.Sum32()%uint32(len(others))]
}

// looks returns the looks of several runs. Runs of one network keep its
// colour and differ in their dashes.
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
