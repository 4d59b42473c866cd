package report

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRange(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	least, greatest := Range([]float32{nan, 3, inf, -2, -inf, nan})
	if least != -2 || greatest != 3 {
		t.Errorf("got %g to %g, want -2 to 3", least, greatest)
	}
}

func TestGrey(t *testing.T) {
	tile := Grey(2, 3, []float32{-1, 0, 1, 2, 9, float32(math.NaN())}, 0, 2)
	if size := tile.Bounds().Size(); size != image.Pt(3, 2) {
		t.Fatalf("size is %v, want 3 wide and 2 high", size)
	}
	for at, want := range map[image.Point]color.RGBA{
		{X: 0, Y: 0}: {0, 0, 0, 255},
		{X: 1, Y: 0}: {0, 0, 0, 255},
		{X: 2, Y: 0}: {128, 128, 128, 255},
		{X: 0, Y: 1}: {255, 255, 255, 255},
		{X: 1, Y: 1}: {255, 255, 255, 255},
		{X: 2, Y: 1}: {255, 0, 255, 255},
	} {
		if got := tile.At(at.X, at.Y); got != want {
			t.Errorf("pixel %v is %v, want %v", at, got, want)
		}
	}
}

func TestBar(t *testing.T) {
	for share, want := range map[float32]int{0: 0, 0.5: 14, 1: 28, 2: 28} {
		tile, filled := Bar(share), 0
		for y := range tile.Bounds().Dy() {
			if tile.At(0, y) == blue {
				filled++
			}
		}
		if filled != want {
			t.Errorf("a share of %g fills %d of 28 rows, want %d", share, filled, want)
		}
	}
}

// A row that is too long continues on the next line, and the sheet grows.
func TestSheet(t *testing.T) {
	black := Grey(4, 4, make([]float32, 16), 0, 1) // 104 pixels and a frame
	height := func(tiles int, captions ...string) int {
		sheet := Sheet{Title: "title", Rows: []SheetRow{{Heading: "row", Tiles: make([]image.Image, tiles), Captions: captions}}}
		for i := range tiles {
			sheet.Rows[0].Tiles[i] = black
		}
		picture, err := sheet.Draw()
		if err != nil {
			t.Fatal(err)
		}
		if picture.Bounds().Dx() != sheetWidth {
			t.Errorf("sheet is %d wide, want %d", picture.Bounds().Dx(), sheetWidth)
		}
		var drawn int
		for y := range picture.Bounds().Dy() {
			for x := range sheetWidth {
				if picture.At(x, y) == (color.RGBA{0, 0, 0, 255}) {
					drawn++
				}
			}
		}
		if drawn < tiles*104*104 {
			t.Errorf("%d tiles: %d black pixels, want at least those of the tiles", tiles, drawn)
		}
		return picture.Bounds().Dy()
	}
	one, eight, nine := height(1), height(8), height(9)
	if eight != one || nine != one+106+gap {
		t.Errorf("1, 8 and 9 tiles are %d, %d and %d high, want the ninth on a line of its own", one, eight, nine)
	}
	if got := height(1, "caption"); got <= one {
		t.Errorf("a caption makes it %d high, want more than %d", got, one)
	}
}

func TestCurve(t *testing.T) {
	path := filepath.Join(t.TempDir(), "curve.png")
	curve := CyclePlot("title", "accuracy", []float64{0.1, 0.5, 0.9})
	if err := curve.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	// The line rises: its leftmost pixel is lower than its rightmost.
	var first, last image.Point
	b := picture.Bounds()
	for x := range b.Dx() {
		for y := range b.Dy() {
			if r, g, b, _ := picture.At(x, y).RGBA(); uint8(r>>8) == vermillion.R && uint8(g>>8) == vermillion.G && uint8(b>>8) == vermillion.B {
				if last = image.Pt(x, y); first == (image.Point{}) {
					first = last
				}
			}
		}
	}
	if first.X >= b.Dx()/3 || last.X < b.Dx()*3/4 || first.Y-last.Y < b.Dy()/3 {
		t.Errorf("the line goes from %v to %v of %v, want from low at the left to high at the right", first, last, b.Size())
	}
	if err := curve.WriteFile(filepath.Join(path, "under a file")); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want an error of one line", err)
	}
}
