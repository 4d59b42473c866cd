package dataset

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"io"
)

// IsImage reports whether a file has the name of an image that ReadImage and ReadFolder
// can read.
func IsImage(path string) bool { return isImage(path) }

// ReadImage decodes a png, jpeg or gif and converts it to a shape (height, width, 1 or
// 3 channels) like ReadFolder: row-major in H, W, C, one byte per channel. It refuses
// an image with too many pixels before decoding it.
func ReadImage(r io.ReadSeeker, shape [3]int) ([]byte, error) {
	if shape[0] < 1 || shape[1] < 1 || shape[2] != 1 && shape[2] != 3 {
		return nil, fmt.Errorf("an image of %s: want 1 (grey) or 3 (RGB) channels", dims(shape))
	}
	config, _, err := image.DecodeConfig(bufio.NewReader(r))
	if err != nil {
		return nil, notAnImage(err)
	}
	if err := checkSize(config); err != nil {
		return nil, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, _, err := image.Decode(bufio.NewReader(r))
	if err != nil {
		return nil, notAnImage(err)
	}
	dst := make([]byte, shape[0]*shape[1]*shape[2])
	convert(dst, img, shape)
	return dst, nil
}

func notAnImage(err error) error {
	if errors.Is(err, image.ErrFormat) {
		return errors.New("not a png, jpeg or gif")
	}
	return fmt.Errorf("not a readable png, jpeg or gif: %w", cutShort(err))
}

// checkSize limits the memory that a small file can demand.
func checkSize(c image.Config) error {
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxImagePixels/c.Height {
		return fmt.Errorf("%dx%d pixels: want 1 to %d in all", c.Height, c.Width, maxImagePixels)
	}
	return nil
}
