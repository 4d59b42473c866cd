package report

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

// formats are the file formats of a Picture.
var formats = []string{"png", "svg", "pdf"}

// pngDPI is twice the 96 dots per inch of a web page, for sharp text on high-resolution
// screens.
const pngDPI = 2 * vgimg.DefaultDPI

// Picture is a drawing of fixed size, independent of the file format.
type Picture struct {
	width, height vg.Length
	draw          func(draw.Canvas)
}

// Size returns the width and height in CSS pixels, 96 to an inch. A PNG has twice as
// many pixels in each direction.
func (p Picture) Size() (width, height int) {
	dots := func(l vg.Length) int { return int(l.Dots(vgimg.DefaultDPI) + 0.5) }
	return dots(p.width), dots(p.height)
}

// Encode writes the picture as "png", "svg" or "pdf". Fonts are embedded.
func (p Picture) Encode(w io.Writer, format string) (err error) {
	defer func() {
		if r := recover(); r != nil { // gonum/plot panics, for example if a PDF's fonts have no temporary folder
			err = fmt.Errorf("report: %s: %v", format, r)
		}
	}()
	var canvas vg.CanvasWriterTo
	switch format {
	case "png":
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(p.width, p.height), vgimg.UseDPI(pngDPI))}
	case "svg":
		canvas = vgsvg.NewWith(vgsvg.UseWH(p.width, p.height), vgsvg.EmbedFonts(true))
	case "pdf":
		canvas = vgpdf.New(p.width, p.height)
	default:
		return fmt.Errorf("report: picture format %q: want one of %s", format, strings.Join(formats, ", "))
	}
	p.draw(draw.New(canvas))
	if _, err := canvas.WriteTo(w); err != nil {
		return fmt.Errorf("report: %s: %w", format, err)
	}
	return nil
}

// WriteFile writes the picture in the format named by the extension of path. The file
// is replaced atomically.
func (p Picture) WriteFile(path string) error {
	var data bytes.Buffer
	format := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	if err := p.Encode(&data, format); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := renameio.WriteFile(path, data.Bytes(), 0o644); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
