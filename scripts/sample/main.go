// Sample creates the embedded samples of MNIST and CIFAR-10 from the full data sets. It
// takes the first images of each class in their original order, so the result is
// reproducible. Run it in the root of the repository:
//
//	go run ./scripts/sample -data DIR -out tfmodels/dataset/sample
//
// DIR is a folder that holds both data sets in any format that tflab reads.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"

	"github.com/tflab/tflab/tfmodels/dataset"
)

func main() {
	data := flag.String("data", "", "folder that holds MNIST and CIFAR-10")
	out := flag.String("out", "tfmodels/dataset/sample", "folder to write")
	flag.Parse()
	if err := run(*data, *out); err != nil {
		fmt.Fprintln(os.Stderr, "sample:", err)
		os.Exit(1)
	}
}

func run(data, out string) error {
	mnist, err := open("mnist", data)
	if err != nil {
		return err
	}
	if err := writeMNIST(filepath.Join(out, "mnist"), mnist); err != nil {
		return err
	}
	cifar, err := open("cifar10", data)
	if err != nil {
		return err
	}
	return writeCIFAR(filepath.Join(out, "cifar-10-batches-bin"), cifar)
}

func open(name, dir string) (*dataset.Data, error) {
	data, err := dataset.Open(context.Background(), name, dataset.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	if data.Sample {
		return nil, fmt.Errorf("%s: the full data set is not in any of the searched places: give its folder with -data", name)
	}
	return data, nil
}

// pick returns the indices of the first n examples of each class, in order.
func pick(s *dataset.Set, n int) ([]int, error) {
	taken := make([]int, len(s.Classes()))
	var picked []int
	for i, label := range s.Labels() {
		if taken[label] < n {
			taken[label]++
			picked = append(picked, i)
		}
	}
	if want := n * len(taken); len(picked) != want {
		return nil, fmt.Errorf("%d examples of %d classes: want %d of each", len(picked), len(taken), n)
	}
	return picked, nil
}

func writeMNIST(dir string, data *dataset.Data) error {
	for _, split := range []struct {
		name  string
		set   *dataset.Set
		class int
	}{{"train", data.Train, 1000}, {"t10k", data.Test, 200}} {
		picked, err := pick(split.set, split.class)
		if err != nil {
			return err
		}
		shape := split.set.Shape()
		images := idxHeader(len(picked), shape[0], shape[1])
		labels := idxHeader(len(picked))
		for _, i := range picked {
			images = append(images, split.set.Image(i)...)
			labels = append(labels, split.set.Labels()[i])
		}
		if err := write(dir, split.name+"-images-idx3-ubyte.gz", images); err != nil {
			return err
		}
		if err := write(dir, split.name+"-labels-idx1-ubyte.gz", labels); err != nil {
			return err
		}
	}
	return nil
}

// idxHeader starts an idx file of unsigned bytes.
func idxHeader(shape ...int) []byte {
	header := []byte{0, 0, 0x08, byte(len(shape))}
	for _, n := range shape {
		header = binary.BigEndian.AppendUint32(header, uint32(n))
	}
	return header
}

func writeCIFAR(dir string, data *dataset.Data) error {
	train, err := pick(data.Train, 200)
	if err != nil {
		return err
	}
	const batches = 5
	size := len(train) / batches
	for b := range batches {
		name := fmt.Sprintf("data_batch_%d.bin.gz", b+1)
		if err := write(dir, name, records(data.Train, train[b*size:(b+1)*size])); err != nil {
			return err
		}
	}
	test, err := pick(data.Test, 50)
	if err != nil {
		return err
	}
	if err := write(dir, "test_batch.bin.gz", records(data.Test, test)); err != nil {
		return err
	}
	names := strings.Join(data.Train.Classes(), "\n") + "\n"
	return os.WriteFile(filepath.Join(dir, "batches.meta.txt"), []byte(names), 0o644)
}

// records returns examples in the binary format of CIFAR-10: the label, then the red,
// the green and the blue plane.
func records(s *dataset.Set, examples []int) []byte {
	var out []byte
	for _, i := range examples {
		out = append(out, s.Labels()[i])
		image := s.Image(i)
		for channel := range 3 {
			for p := channel; p < len(image); p += 3 {
				out = append(out, image[p])
			}
		}
	}
	return out
}

func write(dir, name string, content []byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var zipped bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(content); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return renameio.WriteFile(filepath.Join(dir, name), zipped.Bytes(), 0o644)
}
