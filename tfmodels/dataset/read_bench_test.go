package dataset

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tflab/tflab/graphs/npy"
)

// BenchmarkOpen measures the reading of each format of each data set, with 2,000 images
// of MNIST and 1,200 of CIFAR-10. The files are in the page cache.
func BenchmarkOpen(b *testing.B) {
	mnist := manyDigits(1600, 400)
	binary, python := manyColours(200), pythonVersion(manyColours(100))
	zipped := map[string][]byte{}
	for name, content := range mnist {
		zipped[name+".gz"] = gzipped(b, content)
	}
	for _, bb := range []struct {
		name, set string
		dir       string
	}{
		{"mnist/idx", "mnist", writeFiles(b, mnist)},
		{"mnist/idx.gz", "mnist", writeFiles(b, zipped)},
		{"mnist/npz", "mnist", npzOf(b, 1600, 400)},
		{"cifar10/binary", "cifar10", writeFiles(b, inFolderNamed("cifar-10-batches-bin", binary))},
		{"cifar10/python", "cifar10", writeFiles(b, inFolderNamed("cifar-10-batches-py", python))},
		{"cifar10/binary.tar.gz", "cifar10", writeFiles(b, map[string][]byte{
			"cifar-10-binary.tar.gz": tarred(b, inFolderNamed("cifar-10-batches-bin", binary))})},
		{"cifar10/python.tar.gz", "cifar10", writeFiles(b, map[string][]byte{
			"cifar-10-python.tar.gz": tarred(b, inFolderNamed("cifar-10-batches-py", python))})},
		{"sample-mnist", "sample-mnist", ""},
		{"sample-cifar10", "sample-cifar10", ""},
		{"folder/png", folderOf(b, 200), ""},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				data, err := Open(context.Background(), bb.set, Options{Dir: bb.dir, Offline: true})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(data.Train.Images()) + len(data.Test.Images())))
			}
		})
	}
}

// BenchmarkFingerprint measures the digest that identifies a data set.
func BenchmarkFingerprint(b *testing.B) {
	dir := writeFiles(b, manyDigits(1600, 400))
	for b.Loop() {
		b.StopTimer()
		data, err := MNIST(dir) // a Data caches its fingerprint
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		data.Fingerprint()
	}
}

// manyDigits returns MNIST's four files.
func manyDigits(train, test int) map[string][]byte {
	files := map[string][]byte{}
	for split, n := range map[string]int{"train": train, "t10k": test} {
		files[split+"-images-idx3-ubyte"] = idxFile(fill(n*784), n, 28, 28)
		files[split+"-labels-idx1-ubyte"] = idxFile(make([]byte, n), n)
	}
	return files
}

// manyColours returns CIFAR-10's binary files with n records in each batch.
func manyColours(n int) map[string][]byte {
	files := map[string][]byte{"batches.meta.txt": smallCIFAR()["batches.meta.txt"]}
	var batch []byte
	for i := range n {
		batch = append(append(batch, byte(i%10)), fill(cifarPixels)...)
	}
	for i := 1; i <= 5; i++ {
		files[fmt.Sprintf("data_batch_%d.bin", i)] = batch
	}
	files["test_batch.bin"] = batch
	return files
}

func npzOf(b *testing.B, train, test int) string {
	floats := func(raw []byte) []float32 {
		all := make([]float32, len(raw))
		for i, v := range raw {
			all[i] = float32(v)
		}
		return all
	}
	var entries []npy.Entry
	for split, n := range map[string]int{"train": train, "test": test} {
		entries = append(entries, npy.Entry{Name: "x_" + split, Array: npy.New([]int{n, 28, 28}, floats(fill(n*784)))},
			npy.Entry{Name: "y_" + split, Array: npy.New([]int{n}, make([]float32, n))})
	}
	dir := b.TempDir()
	if err := npy.WriteArchive(filepath.Join(dir, "mnist.npz"), entries); err != nil {
		b.Fatal(err)
	}
	return dir
}

// folderOf returns a folder with n images of 32x32 in each of two classes.
func folderOf(b *testing.B, n int) string {
	files := map[string][]byte{}
	for i := range n {
		var encoded bytes.Buffer
		if err := png.Encode(&encoded, grey(32, 32, byte(i))); err != nil {
			b.Fatal(err)
		}
		files[fmt.Sprintf("cat/%d.png", i)], files[fmt.Sprintf("dog/%d.png", i)] = encoded.Bytes(), encoded.Bytes()
	}
	return writeFiles(b, files)
}

// pythonVersion returns the Python version of the binary files.
func pythonVersion(binary map[string][]byte) map[string][]byte {
	files := map[string][]byte{"batches.meta": pythonCIFAR()["batches.meta"]}
	for name, content := range binary {
		if stem, ok := strings.CutSuffix(name, ".bin"); ok {
			files[stem] = pythonBatch(content)
		}
	}
	return files
}
