package keras

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/keras/hdf5"
)

// ReadWeights reads the weights of a network from a .keras, .weights.h5 or .h5 file, or
// from an .npz archive, which is assumed for every other name. The arrays have the
// network's names and order. As in Keras, layers are matched by class and order,
// whatever their names in the file; in .npz, weights are matched by name.
func ReadWeights(path string, m tfmodels.Model) ([]npy.Entry, error) {
	entries, err := readWeights(path, m)
	if err != nil {
		var located *os.PathError
		if errors.As(err, &located) { // the error names the file
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := graphs.CheckWeights(m, entries); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return entries, nil
}

func readWeights(path string, m tfmodels.Model) ([]npy.Entry, error) {
	switch filepath.Ext(path) {
	case ".keras":
		a, err := openArchive(path)
		if err != nil {
			return nil, err
		}
		defer a.Close()
		r, size, err := a.weights()
		if err != nil {
			return nil, err
		}
		entries, err := readHDF5(r, size, m)
		if err != nil {
			err = fmt.Errorf("%s: %w", weightsFile, err)
		}
		return entries, err
	case ".h5", ".hdf5":
		return withHDF5(path, func(root *hdf5.Group) ([]npy.Entry, error) { return weightsOf(root, m) })
	}
	entries, err := npy.ReadArchive(path)
	if err != nil {
		err = errors.New(strings.TrimPrefix(err.Error(), path+": ")) // the caller adds the path
	}
	return entries, err
}

// withHDF5 opens an HDF5 file and passes its root group to a function, which must not
// keep the group.
func withHDF5[T any](path string, use func(root *hdf5.Group) (T, error)) (result T, err error) {
	f, err := os.Open(path)
	if err != nil {
		return result, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return result, err
	}
	root, err := hdf5.Read(f, info.Size())
	if err != nil {
		return result, err
	}
	return use(root)
}

// readHDF5 reads the weights of a network from the contents of an HDF5 file.
func readHDF5(r io.ReaderAt, size int64, m tfmodels.Model) ([]npy.Entry, error) {
	root, err := hdf5.Read(r, size)
	if err != nil {
		return nil, err
	}
	return weightsOf(root, m)
}

// weightsOf reads the weights of a network in either of Keras's layouts.
func weightsOf(root *hdf5.Group, m tfmodels.Model) ([]npy.Entry, error) {
	legacy, names, err := legacyGroup(root)
	if err != nil {
		return nil, err
	}
	if legacy != nil {
		return readLegacy(legacy, names, m)
	}
	layers := root.Group("layers")
	if layers == nil {
		if layers = root.Group("_layer_checkpoint_dependencies"); layers == nil { // Keras 2.12 and 2.13
			return nil, errors.New("holds no Keras weights: want a group \"layers\", or the attribute \"layer_names\" of a legacy .h5 file")
		}
	}
	return readPlaces(root, layers.Path, m)
}

// readPlaces reads the layout of .weights.h5.
func readPlaces(root *hdf5.Group, layers string, m tfmodels.Model) ([]npy.Entry, error) {
	var entries []npy.Entry
	used := map[string]bool{}
	for _, p := range places(m) {
		group := layers + strings.TrimPrefix(p.group, "layers")
		vars := root.Group(group + "/vars")
		if vars == nil || len(vars.Datasets) == 0 {
			return nil, fmt.Errorf("%s: %s has no arrays: want %s", p, group, p.wants())
		}
		if len(vars.Datasets) != len(p.weights) {
			return nil, fmt.Errorf("%s: %s has %s: want %s", p, group, shapes(vars.Datasets), p.wants())
		}
		used[group] = true
		for i, w := range p.weights {
			d := vars.Dataset(fmt.Sprint(i))
			if d == nil {
				return nil, fmt.Errorf("%s: %s/vars/%d is missing: want %s %v", p, group, i, p.short(i), w.Shape)
			}
			a, err := p.array(i, d)
			if err != nil {
				return nil, err
			}
			entries = append(entries, npy.Entry{Name: w.Name, Array: a})
		}
	}
	return entries, surplus(root, used, m)
}

// array reads a weight of a layer from a dataset.
func (p place) array(i int, d *hdf5.Dataset) (*npy.Array, error) {
	want := p.weights[i].Shape
	if !slices.Equal(d.Shape, want) {
		return nil, fmt.Errorf("%s: %s has the shape %v: want %v for its %s", p, d.Path, d.Shape, want, p.short(i))
	}
	values, err := d.Float32()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	return npy.New(want, values), nil
}

func shapes(all []*hdf5.Dataset) string {
	var texts []string
	for _, d := range all {
		texts = append(texts, fmt.Sprintf("%v", d.Shape))
	}
	return fmt.Sprintf("%d arrays of shapes %s", len(all), strings.Join(texts, ", "))
}

// surplus returns an error if there are arrays that no layer of the network has used.
// The arrays of the optimizer, of metrics and of random number generators are not
// weights.
func surplus(g *hdf5.Group, used map[string]bool, m tfmodels.Model) error {
	for _, child := range g.Groups {
		if child.Path == "optimizer" || child.Path == "metrics" || strings.HasSuffix(child.Path, "/seed_generator") {
			continue
		}
		if owner := strings.TrimSuffix(child.Path, "/vars"); len(child.Datasets) > 0 && !used[owner] {
			return fmt.Errorf("%s has %s: %s has no layer with weights for them", owner, shapes(child.Datasets), m.Name())
		}
		if err := surplus(child, used, m); err != nil {
			return err
		}
	}
	return nil
}

// WriteWeights writes a network's weights as a .weights.h5 file. Keras's load_weights
// reads the file into a model with the same layers.
func WriteWeights(path string, m tfmodels.Model, entries []npy.Entry) error {
	return writeFile(path, func(w io.Writer) error { return encodeWeights(w, m, entries) })
}

func encodeWeights(w io.Writer, m tfmodels.Model, entries []npy.Entry) error {
	values, err := graphs.CheckWeights(m, entries)
	if err != nil {
		return err
	}
	byName := map[string][]float32{}
	for i, declared := range m.Weights() {
		byName[declared.Name] = values[i]
	}
	var arrays []hdf5.Array
	for _, p := range places(m) {
		for i, declared := range p.weights {
			arrays = append(arrays, hdf5.Array{Path: fmt.Sprintf("%s/vars/%d", p.group, i), Shape: declared.Shape, Values: byName[declared.Name]})
		}
	}
	return hdf5.Write(w, arrays)
}

// writeFile writes a file that appears complete or not at all.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)),
		renameio.WithPermissions(0o644), renameio.WithExistingPermissions())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer f.Cleanup() //nolint:errcheck // a no-op once the file has been moved
	if err := write(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
