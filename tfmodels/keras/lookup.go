package keras

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/tflab/tflab/tfmodels"
)

// Lookup returns the network that a user has named: by a Keras file, or by a name of
// the catalogue.
func Lookup(name string) (tfmodels.Network, error) {
	if !IsFile(name) {
		n, err := tfmodels.Lookup(name)
		if err != nil {
			err = fmt.Errorf("%w, or a file of Keras that ends in .keras, .json or .h5", err)
		}
		return n, err
	}
	n, err := Open(name)
	if err != nil {
		return tfmodels.Network{}, err
	}
	listed := tfmodels.Network{Model: n, Recipe: n.Recipe(), File: name}
	for _, bad := range []*error{&listed.Recipe.BadLoss, &listed.Recipe.BadOptimizer} {
		if *bad != nil {
			*bad = fmt.Errorf("%s: %w", name, *bad)
		}
	}
	if n.stored != nil {
		listed.Recipe.InitialWeights = name
	}
	return listed, nil
}

// IsFile reports whether Lookup takes a name for a file name.
func IsFile(name string) bool {
	return slices.Contains([]string{".keras", ".json", ".h5", ".hdf5"}, filepath.Ext(name))
}

// WriteJSON writes the description of a network that was read from a file, as Keras 3.8
// does. It returns false if the network is not from a file.
func WriteJSON(path string, m tfmodels.Model) (bool, error) {
	n := networkOf(m)
	if n == nil {
		return false, nil
	}
	d, err := describe(n)
	if err != nil {
		return true, err
	}
	data, err := encodeModel(d)
	if err != nil {
		return true, err
	}
	return true, writeFile(path, func(w io.Writer) error { _, err := w.Write(append(data, '\n')); return err })
}

// LookupKept returns a network by its name, or by the description that WriteJSON has
// written.
func LookupKept(name, path string) (tfmodels.Network, error) {
	if _, err := os.Stat(path); err != nil {
		return tfmodels.Lookup(name)
	}
	return Lookup(path)
}
