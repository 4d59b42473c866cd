package dataset

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // the supported formats of image folders
	_ "image/jpeg"
	_ "image/png"
	"os"
	"runtime"
	"sync"

	"golang.org/x/image/draw"
)

// maxImagePixels limits the memory that the header of a small file can demand.
const maxImagePixels = 1 << 26

// commonShape returns the shape to which all files are converted: want if it is given,
// or else the shape that all files have.
func commonShape(ctx context.Context, files []imageFile, want [3]int) ([3]int, error) {
	if want != [3]int{} {
		if want[2] != 1 && want[2] != 3 {
			return want, fmt.Errorf("%d channels: want 1 (grey) or 3 (RGB)", want[2])
		}
		return want, nil
	}
	var common [3]int
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return want, err
		}
		config, err := readConfig(f.path)
		if err != nil {
			return want, err
		}
		shape := [3]int{config.Height, config.Width, 3}
		if config.ColorModel == color.GrayModel || config.ColorModel == color.Gray16Model {
			shape[2] = 1
		}
		if common == [3]int{} {
			common = shape
		}
		if shape[0] != common[0] || shape[1] != common[1] {
			return want, fmt.Errorf("%s: %dx%d pixels, but %s has %dx%d: want images of one size, or a network with a fixed input size",
				f.path, shape[0], shape[1], files[0].path, common[0], common[1])
		}
		common[2] = max(common[2], shape[2])
	}
	return common, nil
}

func readConfig(path string) (image.Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return image.Config{}, err
	}
	defer f.Close()
	config, _, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil {
		return image.Config{}, fmt.Errorf("%s: not a readable png, jpeg or gif: %w", path, cutShort(err))
	}
	if err := checkPixels(config); err != nil {
		return image.Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return config, nil
}

// readImages decodes all files into a set, on all processors.
func readImages(ctx context.Context, files []imageFile, shape [3]int, classes []string) (*Set, error) {
	size := shape[0] * shape[1] * shape[2]
	images := make([]byte, len(files)*size)
	labels := make([]uint8, len(files))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		wg.Go(func() {
			for i := range next {
				labels[i] = files[i].label
				if err := readImage(images[i*size:(i+1)*size], files[i].path, shape); err != nil {
					cancel(err) // the first error is kept
				}
			}
		})
	}
	for i := range files {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return New(shape, images, labels, classes)
}

// readImage decodes one file into dst, which is of the given shape.
func readImage(dst []byte, path string, shape [3]int) error {
	if _, err := readConfig(path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	img, _, err := image.Decode(bufio.NewReader(f))
	if err != nil {
		return fmt.Errorf("%s: not a readable png, jpeg or gif: %w", path, cutShort(err))
	}
	convert(dst, img, shape)
	return nil
}

// DecodeImage decodes a png, jpeg or gif file and converts the image to a shape
// (height, width, 1 or 3 channels) like ReadFolder. The result is row-major in H, W, C.
func DecodeImage(file []byte, shape [3]int) ([]byte, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("not a readable png, jpeg or gif: %w", cutShort(err))
	}
	if err := checkPixels(config); err != nil {
		return nil, err
	}
	img, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("not a readable png, jpeg or gif: %w", cutShort(err))
	}
	dst := make([]byte, shape[0]*shape[1]*shape[2])
	convert(dst, img, shape)
	return dst, nil
}

// checkPixels limits the memory that a decoded image takes.
func checkPixels(c image.Config) error {
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxImagePixels/c.Height {
		return fmt.Errorf("%dx%d pixels: want 1 to %d in all", c.Height, c.Width, maxImagePixels)
	}
	return nil
}

// convert converts an image to a shape, as bytes in H, W, C.
func convert(dst []byte, img image.Image, shape [3]int) {
	scaled := image.NewRGBA(image.Rect(0, 0, shape[1], shape[0]))
	if img.Bounds().Size() == scaled.Rect.Size() {
		draw.Draw(scaled, scaled.Rect, img, img.Bounds().Min, draw.Src)
	} else {
		draw.BiLinear.Scale(scaled, scaled.Rect, img, img.Bounds(), draw.Src, nil)
	}
	for p := range shape[0] * shape[1] {
		pixel := scaled.Pix[4*p : 4*p+3 : 4*p+3]
		if shape[2] == 3 {
			copy(dst[3*p:], pixel)
		} else {
			dst[p] = color.GrayModel.Convert(color.RGBA{pixel[0], pixel[1], pixel[2], 0xff}).(color.Gray).Y
		}
	}
}
