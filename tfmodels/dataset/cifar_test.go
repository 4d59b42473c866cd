package dataset

import (
	"archive/tar"
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// cifarRecordOf returns a record of the binary version whose pixels are r, g and b.
func cifarRecordOf(label, r, g, b byte) []byte {
	record := []byte{label}
	for _, v := range []byte{r, g, b} {
		record = append(record, bytes.Repeat([]byte{v}, cifarPlane)...)
	}
	return record
}

// smallCIFAR returns the files of the binary version with one record in each batch.
func smallCIFAR() map[string][]byte {
	files := map[string][]byte{
		"test_batch.bin":   append(cifarRecordOf(9, 1, 2, 3), cifarRecordOf(0, 4, 5, 6)...),
		"batches.meta.txt": []byte("airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n"),
	}
	for i := byte(1); i <= 5; i++ {
		files[fmt.Sprintf("data_batch_%d.bin", i)] = cifarRecordOf(i, 10*i, 10*i+1, 10*i+2)
	}
	return files
}

func inFolderNamed(folder string, files map[string][]byte) map[string][]byte {
	return renamed(files, func(name string) string { return folder + "/" + name })
}

// tarred packs files into a tar.gz.
func tarred(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	return gzipped(t, tarOf(t, files))
}

// tarOf packs files into a tar, in the order of their names.
func tarOf(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestCIFARLayouts reads the same images from each supported location.
func TestCIFARLayouts(t *testing.T) {
	emptyHome(t)
	binary, python := smallCIFAR(), pythonCIFAR()
	for name, files := range map[string]map[string][]byte{
		"binary folder":    inFolderNamed("cifar-10-batches-bin", binary),
		"the folder":       binary,
		"binary archive":   {"cifar-10-binary.tar.gz": tarred(t, inFolderNamed("cifar-10-batches-bin", binary))},
		"python folder":    inFolderNamed("cifar-10-batches-py", python),
		"Keras 3":          inFolderNamed("cifar-10-batches-py-target/cifar-10-batches-py", python),
		"python archive":   {"cifar-10-python.tar.gz": tarred(t, inFolderNamed("cifar-10-batches-py", python))},
		"Keras 2, archive": {"cifar-10-batches-py.tar.gz": tarred(t, inFolderNamed("cifar-10-batches-py", python))},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := CIFAR10(writeFiles(t, files))
			if err != nil {
				t.Fatal(err)
			}
			if data.Sample || data.Train.Shape() != [3]int{32, 32, 3} {
				t.Fatalf("sample %v, shape %v", data.Sample, data.Train.Shape())
			}
			if !bytes.Equal(data.Train.Labels(), []byte{1, 2, 3, 4, 5}) || !bytes.Equal(data.Test.Labels(), []byte{9, 0}) {
				t.Errorf("labels %v and %v", data.Train.Labels(), data.Test.Labels())
			}
			for i := range 5 {
				want := bytes.Repeat([]byte{byte(10*i + 10), byte(10*i + 11), byte(10*i + 12)}, cifarPlane)
				if !bytes.Equal(data.Train.Image(i), want) {
					t.Errorf("image %d begins %v, want red, green and blue side by side: %v", i, data.Train.Image(i)[:6], want[:6])
				}
			}
			if want := bytes.Repeat([]byte{4, 5, 6}, cifarPlane); !bytes.Equal(data.Test.Image(1), want) {
				t.Errorf("test image 1 begins %v, want 4 5 6", data.Test.Image(1)[:6])
			}
			if got := data.Train.Classes(); !slices.Equal(got, cifarClasses()) {
				t.Errorf("classes %v", got)
			}
		})
	}
}

// TestInterleave uses a different value at each row, column and channel.
func TestInterleave(t *testing.T) {
	src, dst := make([]byte, cifarPixels), make([]byte, cifarPixels)
	at := func(channel, row, column int) byte { return byte(channel*85 + row*32 + column*3) }
	for channel := range 3 {
		for row := range 32 {
			for column := range 32 {
				src[(channel*32+row)*32+column] = at(channel, row, column)
			}
		}
	}
	interleaveImage(dst, src)
	for i, got := range dst {
		if want := at(i%3, i/3/32, i/3%32); got != want {
			t.Fatalf("byte %d: got %d, want %d", i, got, want)
		}
	}
}

func TestCIFARErrors(t *testing.T) {
	emptyHome(t)
	for name, c := range map[string]struct {
		file    string
		content []byte
		want    string
	}{
		"missing":     {"data_batch_4.bin", nil, "missing"},
		"cut short":   {"data_batch_2.bin", make([]byte, 3072), "got 3072 bytes: want a multiple of 3073"},
		"too long":    {"test_batch.bin", make([]byte, 3074), "got 3074 bytes: want a multiple of 3073"},
		"empty":       {"data_batch_5.bin", []byte{}, "got 0 bytes"},
		"label of 10": {"data_batch_3.bin", append(cifarRecordOf(1, 0, 0, 0), cifarRecordOf(10, 0, 0, 0)...), "label of record 1: got 10: want 0 to 9"},
		"names":       {"batches.meta.txt", []byte("cat\ndog\n"), "got 2 class names: want 10"},
	} {
		t.Run(name, func(t *testing.T) {
			files := smallCIFAR()
			files[c.file] = c.content
			maps.DeleteFunc(files, func(_ string, content []byte) bool { return content == nil })
			dir := writeFiles(t, inFolderNamed("cifar-10-batches-bin", files))
			_, err := CIFAR10(dir)
			wantError(t, err, filepath.Join(dir, "cifar-10-batches-bin", c.file), c.want)

			dir = writeFiles(t, map[string][]byte{"cifar-10-binary.tar.gz": tarred(t, files)})
			_, err = CIFAR10(dir)
			wantError(t, err, filepath.Join(dir, "cifar-10-binary.tar.gz"), c.file, c.want)
		})
	}
	whole := tarred(t, smallCIFAR())
	for name, content := range map[string][]byte{
		"tar cut short": whole[:len(whole)-20],
		"no tar":        gzipped(t, []byte(strings.Repeat("no tar ", 200))),
		"no gzip":       []byte("a page that says the file has moved"),
	} {
		t.Run(name, func(t *testing.T) {
			dir := writeFiles(t, map[string][]byte{"cifar-10-binary.tar.gz": content})
			_, err := CIFAR10(dir)
			wantError(t, err, filepath.Join(dir, "cifar-10-binary.tar.gz"))
		})
	}
}

func FuzzCIFARBin(f *testing.F) {
	f.Add(cifarRecordOf(3, 1, 2, 3))
	f.Add(append(cifarRecordOf(3, 1, 2, 3), cifarRecordOf(10, 1, 2, 3)...))
	f.Add([]byte{})
	f.Add(make([]byte, cifarRecord-1))
	f.Fuzz(func(t *testing.T, content []byte) {
		b, err := parseCIFARBinary(content)
		if err != nil {
			return
		}
		if len(b.labels)*cifarRecord != len(content) {
			t.Errorf("%d bytes give %d images", len(content), len(b.labels))
		}
		interleaveImage(make([]byte, cifarPixels), b.pixels[(len(b.labels)-1)*b.stride:])
	})
}

// FuzzCIFARTar omits the gzip around an archive, which would hide its content from the
// fuzzer.
func FuzzCIFARTar(f *testing.F) {
	f.Add(tarOf(f, map[string][]byte{"x/data_batch_1.bin": {1, 2, 3}, "batches.meta.txt": []byte("a b")}))
	f.Add(tarOf(f, map[string][]byte{"data_batch_1": []byte("}."), "test_batch": []byte("].")}))
	f.Add(tarOf(f, smallCIFAR()))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, v := range []cifarVersion{cifarBinary(), cifarPython()} {
			train, test, err := v.readTar(oneFile{content}, "x.tar")
			if err == nil && (train.Len() == 0 || test.Len() == 0) {
				t.Error("no error, and no images")
			}
		}
	})
}
