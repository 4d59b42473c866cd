package main

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/tflab/tflab/graphs/npy"
)

// makeDigits is the program "make-digits DIR".
func makeDigits() { writeDataset(os.Args[1], "") }

// writeDataset writes a data set in MNIST's files, with 200 training images and 50 test
// images; each class has a bright row. A flaw damages the training files: short, magic,
// count or label.
func writeDataset(dir, flaw string) {
	check(os.MkdirAll(dir, 0o755))
	writeDigits(dir, "train", 200, flaw)
	writeDigits(dir, "t10k", 50, "")
}

func writeDigits(dir, split string, n int, flaw string) {
	const side, classes = 28, 10
	random := rand.New(rand.NewPCG(1, uint64(n)))
	images := header(0x803, n, side, side)
	labels := header(0x801, n)
	for i := range n {
		label := i % classes
		labels = append(labels, byte(label))
		for pixel := range side * side {
			v := random.IntN(100)
			if pixel/side/2 == label {
				v += 150
			}
			images = append(images, byte(v))
		}
	}
	switch flaw {
	case "short":
		images = images[:len(images)/2]
	case "magic":
		images[3]++
	case "count":
		copy(labels, header(0x801, n-1))
		labels = labels[:len(labels)-1]
	case "label":
		labels[len(labels)-1] = classes
	}
	check(os.WriteFile(filepath.Join(dir, split+"-images-idx3-ubyte"), images, 0o644))
	check(os.WriteFile(filepath.Join(dir, split+"-labels-idx1-ubyte"), labels, 0o644))
}

func header(magic uint32, extents ...int) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, n := range extents {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}

// makePictures is the program "make-pictures DIR CLASSES".
func makePictures() {
	classes, err := strconv.Atoi(os.Args[2])
	check(err)
	drawPictures(os.Args[1], classes)
}

// drawPictures makes folders of 12 coloured pictures a class, each class brighter in
// one channel.
func drawPictures(dir string, classes int) {
	const side, each = 9, 12
	random := rand.New(rand.NewPCG(2, 0))
	for class := range classes {
		folder := filepath.Join(dir, fmt.Sprint("class-", class))
		check(os.MkdirAll(folder, 0o755))
		for n := range each {
			picture := image.NewNRGBA(image.Rect(0, 0, side, side))
			for i := range picture.Pix {
				if picture.Pix[i] = uint8(random.IntN(150)); i%4 == class%3 {
					picture.Pix[i] += 100
				}
				if i%4 == 3 {
					picture.Pix[i] = 255
				}
			}
			f, err := os.Create(filepath.Join(folder, fmt.Sprint(n, ".png")))
			check(err)
			check(png.Encode(f, picture))
			check(f.Close())
		}
	}
}

// spoilWeights copies weights with a flaw: missing, misshapen, nan, surplus or short.
func spoilWeights(from, to, flaw string) {
	entries, err := npy.ReadArchive(from)
	check(err)
	last := &entries[len(entries)-1]
	values := last.Array.Float32()
	switch flaw {
	case "missing":
		entries = entries[:len(entries)-1]
	case "misshapen":
		last.Array = npy.New([]int{len(values), 1}, values)
	case "nan":
		values[3] = float32(math.NaN())
		last.Array = npy.New(last.Array.Shape, values)
	case "surplus":
		entries = append(entries, npy.Entry{Name: "dense_7/bias", Array: last.Array})
	}
	check(npy.WriteArchive(to, entries))
	if flaw == "short" {
		info, err := os.Stat(to)
		check(err)
		check(os.Truncate(to, info.Size()/2))
	}
}

// check stops a test or a program of the scripts on an error.
func check(err error) {
	if err != nil {
		panic(err)
	}
}

// skipLong skips a test in short mode, which includes runs under the race detector,
// where drawing is ten times slower.
func skipLong(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("too long for a short run: leave out -short")
	}
}

// makeArrays is the program "make-arrays DIR". It writes the images of makeDigits as
// .npy, and one of the wrong shape to the working folder.
func makeArrays() {
	check(os.MkdirAll(os.Args[1], 0o755))
	for name, label := range map[string]int{"one": 1, "six": 6} {
		pixels := make([]float32, 28*28)
		for p := range pixels {
			if pixels[p] = 50; p/28/2 == label {
				pixels[p] += 150
			}
		}
		check(npy.WriteFile(filepath.Join(os.Args[1], name+".npy"), npy.New([]int{28, 28, 1}, pixels)))
		check(npy.WriteFile("wrong.npy", npy.New([]int{784}, pixels)))
	}
}
