package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"github.com/google/renameio/v2"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// The dimensions of a sheet, in pixels.
const (
	sheetWidth     = 1000
	border         = 24
	tileSize       = 104 // approximate: the pixels of a tile have integer size
	maxScale       = 28  // largest size of a tile's pixel
	gap            = 12
	sheetTitleSize = 26
	sheetTextSize  = 18
)

// SheetRow is a row of tiles below a heading. Tiles that do not fit continue on the
// next line.
type SheetRow struct {
	Heading  string
	Tiles    []image.Image
	Captions []string // below the tiles; may be shorter than Tiles
}

// Sheet is a title and the rows below it.
type Sheet struct {
	Title string
	Rows  []SheetRow
}

// WriteFile writes the sheet as a PNG. The file is replaced atomically.
func (s Sheet) WriteFile(path string) error {
	picture, err := s.Draw()
	if err != nil {
		return err
	}
	var data bytes.Buffer
	if err := png.Encode(&data, picture); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := renameio.WriteFile(path, data.Bytes(), 0o644); err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	return nil
}

// Draw draws the sheet.
func (s Sheet) Draw() (image.Image, error) {
	title, err := face(sheetTitleSize)
	if err != nil {
		return nil, err
	}
	text, err := face(sheetTextSize)
	if err != nil {
		return nil, err
	}
	// The first pass, over a canvas without height, measures the height.
	measure := &pen{canvas: image.NewRGBA(image.Rect(0, 0, sheetWidth, 0))}
	s.draw(measure, title, text)
	p := &pen{canvas: image.NewRGBA(image.Rect(0, 0, sheetWidth, measure.y+border))}
	draw.Draw(p.canvas, p.canvas.Bounds(), image.White, image.Point{}, draw.Src)
	s.draw(p, title, text)
	return p.canvas, nil
}

func (s Sheet) draw(p *pen, title, text font.Face) {
	p.y = border
	p.write(title, border, s.Title)
	p.y += sheetTitleSize
	for _, r := range s.Rows {
		p.y += gap
		p.write(text, border, r.Heading)
		p.y += sheetTextSize + gap
		p.row(r, text)
	}
}

// pen draws from top to bottom.
type pen struct {
	canvas *image.RGBA
	y      int // top of the next element
}

// write draws a line of text with its top at y.
func (p *pen) write(f font.Face, x int, text string) {
	d := font.Drawer{Dst: p.canvas, Src: image.Black, Face: f,
		Dot: fixed.P(x, p.y).Add(fixed.Point26_6{Y: f.Metrics().Ascent})}
	d.DrawString(text)
}

// row draws the tiles of a row on as many lines as they need.
func (p *pen) row(r SheetRow, text font.Face) {
	x, lowest := border, p.y
	for i, t := range r.Tiles {
		size := t.Bounds().Size()
		scale := min(max(1, tileSize/max(size.Y, 1)), maxScale)
		if fits := (sheetWidth - 2*border - 2) / size.X; scale > fits {
			scale = max(1, fits)
		}
		width := scale*size.X + 2
		caption := ""
		if i < len(r.Captions) {
			caption = r.Captions[i]
			width = max(width, font.MeasureString(text, caption).Ceil())
		}
		if x > border && x+width > sheetWidth-border {
			x, p.y = border, lowest+gap
		}
		below := p.tile(t, x, scale)
		if caption != "" {
			top := p.y
			p.y = below + gap/3
			p.write(text, x, caption)
			p.y, below = top, below+gap/3+sheetTextSize
		}
		x, lowest = x+width+gap, max(lowest, below)
	}
	p.y = lowest
}

// tile draws a tile in a thin frame, with pixels of size scale, and returns the y
// coordinate below the tile.
func (p *pen) tile(t image.Image, x, scale int) int {
	b := t.Bounds()
	frame := image.Rect(x, p.y, x+scale*b.Dx()+2, p.y+scale*b.Dy()+2)
	draw.Draw(p.canvas, frame, image.NewUniform(color.Gray{0x99}), image.Point{}, draw.Src)
	for i := range b.Dy() {
		for j := range b.Dx() {
			square := image.Rect(0, 0, scale, scale).Add(image.Pt(x+1+j*scale, p.y+1+i*scale))
			draw.Draw(p.canvas, square, image.NewUniform(t.At(b.Min.X+j, b.Min.Y+i)), image.Point{}, draw.Src)
		}
	}
	return frame.Max.Y
}

func face(size float64) (font.Face, error) {
	f, err := opentype.Parse(liberationsansregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("picture: font: %w", err)
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("picture: font: %w", err)
	}
	return face, nil
}
