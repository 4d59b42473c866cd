package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/tflab/tflab/graphs/fit"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/scripts/reference"
	"github.com/tflab/tflab/tfmodels/dataset"
	kerasfile "github.com/tflab/tflab/tfmodels/keras"
)

// place puts the Keras programs into the comparison's folder, and the data where the
// programs look for them.
func (k *keras) place(ctx context.Context) error {
	data, err := k.OpenData(ctx, k.con.events())
	if err != nil {
		return err
	}
	if k.earlier != nil {
		if other := k.earlier.OtherData(data); other != "" {
			return fmt.Errorf("%s: name its folder with --data", other)
		}
	}
	k.training = data.Train.Len()
	if k.Limit > 0 {
		k.training = min(k.training, k.Limit)
	}
	k.training = fit.SplitAt(k.training, k.Recipe.ValidationSplit)
	folder := filepath.Join(k.Out, referenceDir)
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	if err := os.CopyFS(folder, reference.Programs()); err != nil {
		return err
	}
	if written, err := kerasfile.WriteJSON(filepath.Join(folder, rewrittenFile), k.Network.Model); err != nil {
		return err
	} else if written {
		k.ofKeras = append(k.ofKeras, "--dataset", cmp.Or(k.Network.Recipe.Dataset, "images"), "--rewritten", filepath.Join(folder, rewrittenFile))
	}
	return k.placeData(filepath.Join(folder, "data"), data)
}

// placeData gives Keras the same files that tflab reads, through a link with the name
// that lab.py expects, or else the images as an archive.
func (k *keras) placeData(folder string, data *dataset.Data) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	links := map[string]string{
		"idx files": "mnist", "npz archive": "mnist.npz",
		"binary batches": "cifar-10-batches-bin", "Python batches": "cifar-10-batches-py",
		"binary archive": "cifar-10-binary.tar.gz", "Python archive": "cifar-10-python.tar.gz",
	}
	if !data.Sample && slices.Contains(dataset.Names(), k.Dataset) { // and not a folder of images
		locations, err := dataset.Locate(k.Dataset, dataset.Options{Dir: k.DataDir})
		if err != nil {
			return err
		}
		for _, l := range locations {
			if link := links[l.Format]; l.Path == data.Source && link != "" {
				path, err := filepath.Abs(l.Path)
				if err != nil {
					return err
				}
				return os.Symlink(path, filepath.Join(folder, link))
			}
		}
	}
	name := cmp.Or(k.Network.Recipe.Dataset, "images")
	return npy.WriteArchive(filepath.Join(folder, name+".npz"), []npy.Entry{
		{Name: "x_train", Array: images(data.Train)}, {Name: "y_train", Array: labels(data.Train)},
		{Name: "x_test", Array: images(data.Test)}, {Name: "y_test", Array: labels(data.Test)},
	})
}

func images(s *dataset.Set) *npy.Array {
	shape := s.Shape()
	return npy.New([]int{s.Len(), shape[0], shape[1], shape[2]}, floats(s.Images()))
}

func labels(s *dataset.Set) *npy.Array { return npy.New([]int{s.Len()}, floats(s.Labels())) }

func floats(bytes []byte) []float32 {
	values := make([]float32, len(bytes))
	for i, b := range bytes {
		values[i] = float32(b)
	}
	return values
}
