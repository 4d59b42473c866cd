package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"
)

// encode encodes an image in the format of a file name extension.
func encode(t *testing.T, ending string, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	var err error
	switch ending {
	case "png":
		err = png.Encode(&buf, img)
	case "gif":
		err = gif.Encode(&buf, img, nil)
	default:
		err = jpeg.Encode(&buf, img, &jpeg.Options{Quality: 100})
	}
	if err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// grey returns a grey image of one value.
func grey(height, width int, value byte) image.Image {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = value
	}
	return img
}

func coloured(height, width int, c color.Color) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, c)
		}
	}
	return img
}

// TestFolderAlone expects every sixth image of a class as a test image, and the classes
// of the others mixed.
func TestFolderAlone(t *testing.T) {
	files := make(map[string][]byte)
	for i := range byte(12) {
		files[fmt.Sprintf("cat/%02d.png", i)] = encode(t, "png", grey(2, 3, i))
	}
	for i := range byte(6) {
		files[fmt.Sprintf("ant/%02d.PNG", i)] = encode(t, "png", grey(2, 3, 100+i))
	}
	files["cat/notes.txt"] = []byte("not an image")
	files["cat/.hidden.png"] = []byte("not an image")
	files[".git/x.png"] = []byte("not an image")
	dir := writeFiles(t, files)
	data, err := Open(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if data.Source != dir || data.Name != folderName(dir) || data.Train.Shape() != [3]int{2, 3, 1} {
		t.Errorf("%s from %s, shape %v", data.Name, data.Source, data.Train.Shape())
	}
	if got := data.Train.Classes(); !slices.Equal(got, []string{"ant", "cat"}) {
		t.Errorf("classes %v, want ant cat", got)
	}
	values := func(s *Set) []byte {
		var out []byte
		for i := range s.Len() {
			out = append(out, s.Image(i)[0])
		}
		return out
	}
	// ant i of 5 has position (i+1/2)/5, cat i of 10 position (i+1/2)/10.
	wantTrain := []byte{0, 100, 1, 2, 101, 3, 4, 102, 6, 7, 103, 8, 9, 104, 10}
	if got := values(data.Train); !slices.Equal(got, wantTrain) {
		t.Errorf("to train on: %v, want %v", got, wantTrain)
	}
	if got, want := values(data.Test), []byte{105, 5, 11}; !slices.Equal(got, want) {
		t.Errorf("to test with: %v, want %v", got, want)
	}
	for i, v := range values(data.Train) {
		if want := v < 100; want != (data.Train.Labels()[i] == 1) {
			t.Errorf("example %d of value %d has label %d", i, v, data.Train.Labels()[i])
		}
	}
}

// TestFolderShapes converts images of several kinds to the network's shape.
func TestFolderShapes(t *testing.T) {
	orange := color.NRGBA{200, 100, 50, 255}
	gradient := image.NewGray(image.Rect(0, 0, 4, 4))
	for i := range gradient.Pix {
		gradient.Pix[i] = byte(i % 4 * 60) // columns of 0, 60, 120, 180
	}
	for _, c := range []struct {
		name   string
		image  image.Image
		ending string
		shape  [3]int
		want   []byte
		within int
	}{
		{"as it is", grey(1, 2, 77), "png", [3]int{1, 2, 1}, []byte{77, 77}, 0},
		{"colours", coloured(1, 2, orange), "png", [3]int{1, 2, 3}, []byte{200, 100, 50, 200, 100, 50}, 0},
		{"jpeg", coloured(8, 8, orange), "jpeg", [3]int{1, 1, 3}, []byte{200, 100, 50}, 3},
		{"gif", coloured(2, 2, color.NRGBA{255, 0, 0, 255}), "gif", [3]int{1, 1, 3}, []byte{255, 0, 0}, 0},
		{"grey to RGB", grey(1, 1, 77), "png", [3]int{1, 1, 3}, []byte{77, 77, 77}, 0},
		{"RGB to grey", coloured(1, 1, orange), "png", [3]int{1, 1, 1}, []byte{124}, 1}, // .299 R + .587 G + .114 B = 124.2
		{"transparent", coloured(1, 1, color.NRGBA{200, 100, 50, 0}), "png", [3]int{1, 1, 3}, []byte{0, 0, 0}, 0},
		{"16 bits", image.NewGray16(image.Rect(0, 0, 1, 1)), "png", [3]int{1, 1, 1}, []byte{0}, 0},
		{"enlarged", grey(2, 2, 90), "png", [3]int{3, 4, 1}, bytes.Repeat([]byte{90}, 12), 0},
		// A pixel of the reduced image weights the four columns around it by their
		// distance: (3*0 + 3*60 + 120)/7 and (60 + 3*120 + 3*180)/7.
		{"reduced", gradient, "png", [3]int{1, 2, 1}, []byte{43, 137}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			content := encode(t, c.ending, c.image)
			dir := writeFiles(t, map[string][]byte{
				"train/a/1." + c.ending: content, "train/b/1." + c.ending: content, "test/b/1." + c.ending: content,
			})
			data, err := ReadFolder(t.Context(), dir, c.shape)
			if err != nil {
				t.Fatal(err)
			}
			if data.Train.Len() != 2 || data.Test.Len() != 1 || data.Test.Labels()[0] != 1 {
				t.Fatalf("%d + %d images, labels %v", data.Train.Len(), data.Test.Len(), data.Test.Labels())
			}
			for i, got := range data.Test.Image(0) {
				if d := int(got) - int(c.want[i]); d < -c.within || d > c.within {
					t.Fatalf("got %v, want %v within %d", data.Test.Image(0), c.want, c.within)
				}
			}
		})
	}
}

// TestFolderCommonShape derives the shape from the images: grey only if all are.
func TestFolderCommonShape(t *testing.T) {
	files := map[string][]byte{
		"train/a/1.png": encode(t, "png", grey(2, 2, 1)),
		"train/b/1.png": encode(t, "png", coloured(2, 2, color.NRGBA{9, 8, 7, 255})),
		"test/a/1.png":  encode(t, "png", grey(2, 2, 1)),
	}
	data, err := ReadFolder(t.Context(), writeFiles(t, files), [3]int{})
	if err != nil {
		t.Fatal(err)
	}
	if data.Train.Shape() != [3]int{2, 2, 3} {
		t.Errorf("shape %v, want 2x2x3", data.Train.Shape())
	}
	files["test/b/2.png"] = encode(t, "png", grey(2, 3, 1))
	_, err = ReadFolder(t.Context(), writeFiles(t, files), [3]int{})
	wantError(t, err, "2.png: 2x3 pixels, but", "has 2x2: want images of one size")
}

func TestFolderErrors(t *testing.T) {
	good := encode(t, "png", grey(2, 2, 1))
	// A header that claims 2^31-1 pixels each way.
	huge := bytes.Clone(good)
	copy(huge[16:], "\x7f\xff\xff\xff\x7f\xff\xff\xff")
	for name, c := range map[string]struct {
		files map[string][]byte
		want  string
	}{
		"no classes":    {map[string][]byte{"1.png": good}, "got 0 folders: want one for each class"},
		"one class":     {map[string][]byte{"a/1.png": good}, "got 1 folders: want one"},
		"no test":       {map[string][]byte{"a/1.png": good, "b/1.png": good}, "got 2 training images and 0 test images"},
		"unknown class": {map[string][]byte{"train/a/1.png": good, "train/b/1.png": good, "test/c/1.png": good}, "class c has no training images"},
		"cut short":     {map[string][]byte{"train/a/1.png": good, "train/b/1.png": good[:50], "test/a/1.png": good}, "b/1.png: not a readable png"},
		"not an image":  {map[string][]byte{"train/a/1.png": good, "train/b/1.png": []byte("hello"), "test/a/1.png": good}, "b/1.png: not a readable png"},
		"claims much":   {map[string][]byte{"train/a/1.png": good, "train/b/1.png": huge, "test/a/1.png": good}, "b/1.png"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadFolder(t.Context(), writeFiles(t, c.files), [3]int{2, 2, 1})
			wantError(t, err, c.want)
		})
	}
	t.Run("channels", func(t *testing.T) {
		dir := writeFiles(t, map[string][]byte{"train/a/1.png": good, "train/b/1.png": good, "test/a/1.png": good})
		_, err := ReadFolder(t.Context(), dir, [3]int{2, 2, 4})
		wantError(t, err, "4 channels")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := ReadFolder(ctx, dir, [3]int{}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: got %v, want context.Canceled", err)
		}
	})
}
