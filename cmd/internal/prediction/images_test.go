package prediction

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	goimage "image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/graphs/serving"
)

// bytesArray returns a .npy of uint8.
func bytesArray(shape string, data []byte) []byte {
	header := fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': %s, }\n", shape)
	raw := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return append(append(raw, header...), data...)
}

func floatsArray(t *testing.T, shape []int, values []float32) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.npy")
	if err := npy.WriteFile(path, npy.New(shape, values)); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestArrays(t *testing.T) {
	nan := float32(math.NaN())
	for name, tc := range map[string]struct {
		shape  [3]int
		invert bool
		raw    []byte
		want   []serving.Images
		files  []string
		err    string
	}{
		"bytes":           {shape: [3]int{1, 2, 1}, raw: bytesArray("(1, 2, 1)", []byte{0, 9}), want: []serving.Images{{Bytes: []byte{0, 9}}}, files: []string{"-"}},
		"several":         {shape: [3]int{1, 2, 1}, raw: bytesArray("(2, 1, 2, 1)", []byte{0, 9, 1, 2}), want: []serving.Images{{Bytes: []byte{0, 9}}, {Bytes: []byte{1, 2}}}, files: []string{"-[0]", "-[1]"}},
		"without channel": {shape: [3]int{1, 2, 1}, raw: bytesArray("(2, 1, 2)", []byte{0, 9, 1, 2}), want: []serving.Images{{Bytes: []byte{0, 9}}, {Bytes: []byte{1, 2}}}, files: []string{"-[0]", "-[1]"}},
		"colours":         {shape: [3]int{1, 1, 3}, raw: bytesArray("(1, 1, 3)", []byte{1, 2, 3}), want: []serving.Images{{Bytes: []byte{1, 2, 3}}}, files: []string{"-"}},
		"inverted bytes":  {shape: [3]int{1, 2, 1}, invert: true, raw: bytesArray("(1, 2)", []byte{0, 9}), want: []serving.Images{{Bytes: []byte{255, 246}}}, files: []string{"-"}},
		"floats to 1":     {shape: [3]int{1, 2, 1}, raw: floatsArray(t, []int{1, 2, 1}, []float32{0.25, 1}), want: []serving.Images{{Floats: []float32{0.25, 1}}}, files: []string{"-"}},
		"floats to 255":   {shape: [3]int{1, 2, 1}, raw: floatsArray(t, []int{1, 2, 1}, []float32{51, 255}), want: []serving.Images{{Floats: []float32{0.2, 1}}}, files: []string{"-"}},
		"inverted floats": {shape: [3]int{1, 2, 1}, invert: true, raw: floatsArray(t, []int{1, 2, 1}, []float32{0.25, 1}), want: []serving.Images{{Floats: []float32{0.75, 0}}}, files: []string{"-"}},
		"NaN":             {shape: [3]int{1, 2, 1}, raw: floatsArray(t, []int{1, 2, 1}, []float32{0, nan}), err: "element 1 is NaN"},
		"negative":        {shape: [3]int{1, 2, 1}, raw: floatsArray(t, []int{1, 2, 1}, []float32{-1, 0}), err: "element 0 is -1"},
		"too large":       {shape: [3]int{1, 2, 1}, raw: floatsArray(t, []int{1, 2, 1}, []float32{256, 0}), err: "element 0 is 256"},
		"wrong shape":     {shape: [3]int{1, 2, 1}, raw: bytesArray("(2, 1, 1)", []byte{0, 9}), err: "shape [2 1 1]: want [1 2 1] or [N 1 2 1]"},
		"no images":       {shape: [3]int{1, 2, 1}, raw: bytesArray("(0, 1, 2, 1)", nil), err: "shape [0 1 2 1]"},
		"cut":             {shape: [3]int{1, 2, 1}, raw: bytesArray("(1, 2, 1)", []byte{0}), err: "cut short"},
		"nothing":         {shape: [3]int{1, 2, 1}, err: "standard input is empty"},
		"text":            {shape: [3]int{1, 2, 1}, raw: []byte("a text"), err: "not a png, jpeg or gif"},
	} {
		t.Run(name, func(t *testing.T) {
			r := reader{shape: tc.shape, stdin: bytes.NewReader(tc.raw), invert: tc.invert}
			images, err := r.read("-")
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Fatalf("got %v, want %q", err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(images) != len(tc.want) {
				t.Fatalf("got %d images, want %d", len(images), len(tc.want))
			}
			for i, want := range tc.want {
				got := images[i]
				if got.file != tc.files[i] || !bytes.Equal(got.values.Bytes, want.Bytes) || !slices.Equal(got.values.Floats, want.Floats) {
					t.Errorf("image %d: got %+v, want %s %+v", i, got, tc.files[i], want)
				}
			}
		})
	}
}

// TestPixelsAreCounted checks that an image of 100 megapixels is refused by its header.
// The test's file has nothing else.
func TestPixelsAreCounted(t *testing.T) {
	var whole bytes.Buffer
	if err := png.Encode(&whole, goimage.NewGray(goimage.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	raw := bytes.Clone(whole.Bytes())
	binary.BigEndian.PutUint32(raw[16:], 10_000) // the first chunk has width and height
	binary.BigEndian.PutUint32(raw[20:], 10_000)
	binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
	_, err := reader{shape: [3]int{28, 28, 1}, stdin: bytes.NewReader(raw)}.read("-")
	if err == nil || !strings.Contains(err.Error(), "10000x10000 pixels: want 1 to") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestDarkOnLight(t *testing.T) {
	shape := [3]int{28, 28, 1}
	digit := goimage.NewGray(goimage.Rect(0, 0, 28, 28))
	for y := 8; y < 20; y++ {
		digit.SetGray(14, y, color.Gray{Y: 255})
	}
	var file bytes.Buffer
	if err := png.Encode(&file, digit); err != nil {
		t.Fatal(err)
	}
	for _, invert := range []bool{false, true} {
		images, err := reader{shape: shape, stdin: bytes.NewReader(file.Bytes()), invert: invert}.read("-")
		if err != nil {
			t.Fatal(err)
		}
		if got := images[0].darkOnLight(shape); got != invert {
			t.Errorf("inverted %v: dark on light %v", invert, got)
		}
	}
}
