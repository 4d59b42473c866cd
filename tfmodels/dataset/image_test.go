package dataset

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image/color"
	"strings"
	"testing"
)

// TestDecodeImage expects the same pixels as from ReadFolder.
func TestDecodeImage(t *testing.T) {
	for _, ending := range []string{"png", "jpg", "gif"} {
		for _, shape := range [][3]int{{4, 6, 3}, {4, 6, 1}, {7, 3, 3}} {
			file := encode(t, ending, coloured(4, 6, color.NRGBA{200, 100, 50, 255}))
			dir := writeFiles(t, map[string][]byte{
				"train/a/1." + ending: file, "train/b/1." + ending: file, "test/a/1." + ending: file})
			data, err := ReadFolder(context.Background(), dir, shape)
			if err != nil {
				t.Fatal(err)
			}
			got, err := DecodeImage(file, shape)
			if err != nil || !bytes.Equal(got, data.Test.Image(0)) {
				t.Errorf("%s to %v: %v, %v; want %v", ending, shape, got, err, data.Test.Image(0))
			}
		}
	}
}

func TestDecodeImageErrors(t *testing.T) {
	good := encode(t, "png", grey(2, 3, 7))
	large := bytes.Clone(good) // the header claims 10000x10000 pixels
	binary.BigEndian.PutUint32(large[16:], 10000)
	binary.BigEndian.PutUint32(large[20:], 10000)
	binary.BigEndian.PutUint32(large[29:], crc32.ChecksumIEEE(large[12:29]))
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":     {nil, "not a readable png, jpeg or gif"},
		"text":      {[]byte("hello"), "not a readable png, jpeg or gif"},
		"cut short": {good[:len(good)/2], "cut short"},
		"too large": {large, "10000x10000 pixels: want 1 to 67108864"},
	} {
		if _, err := DecodeImage(c.file, [3]int{2, 3, 1}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
