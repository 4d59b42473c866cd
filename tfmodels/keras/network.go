package keras

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tflab/tflab/graphs"
	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/keras/hdf5"
)

// Network is a network that was read from a Keras file.
type Network struct {
	*tfmodels.Functional
	Model *Model // description in the file

	said   map[string]graphs.Weight // properties that the file specifies for weights, by weight name
	stored []npy.Entry              // the weights of the file; nil if there are none
	whole  *Network                 // the network that WithoutDropout was called on
}

// Open reads a network from a Keras file: .keras, the JSON of to_json, or an .h5 that
// model.save has written.
func Open(path string) (*Network, error) {
	n, err := open(path)
	if err != nil {
		return nil, inFile(path, err)
	}
	if n.stored != nil {
		if _, err := graphs.CheckWeights(n, n.stored); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return n, nil
}

func open(path string) (*Network, error) {
	switch filepath.Ext(path) {
	case ".keras":
		return openKeras(path)
	case ".h5", ".hdf5":
		return openLegacy(path)
	case ".json":
		data, err := readText(path)
		if err != nil {
			return nil, err
		}
		m, err := Parse(data)
		if err != nil {
			return nil, err
		}
		return FromModel(m)
	}
	return nil, errors.New("want a file of Keras: .keras, .json or .h5")
}

// inFile adds the file's name to an error that does not name the file.
func inFile(path string, err error) error {
	var located *os.PathError
	if errors.As(err, &located) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// readText reads a file that is no larger than a description may be.
func readText(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxJSON+1))
	if err == nil && len(data) > maxJSON {
		err = fmt.Errorf("more than %d bytes: want the JSON of to_json", maxJSON)
	}
	return data, err
}

func openKeras(path string) (*Network, error) {
	a, err := openArchive(path)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	config, err := a.json(configFile)
	if err != nil {
		return nil, err
	}
	m, err := Parse(config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", configFile, err)
	}
	n, err := FromModel(m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", configFile, err)
	}
	r, size, err := a.weights()
	if err != nil {
		return nil, err
	}
	if n.stored, err = readHDF5(r, size, n); err != nil {
		return nil, fmt.Errorf("%s: %w", weightsFile, err)
	}
	return n, nil
}

func openLegacy(path string) (*Network, error) { return withHDF5(path, legacyNetwork) }

// legacyNetwork reads the architecture and the weights.
func legacyNetwork(root *hdf5.Group) (*Network, error) {
	config, ok, err := longStrings(root, "model_config")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errors.New("has weights but no architecture (attribute model_config): name the network or its .json, and pass this file with --initial-weights")
	}
	m, err := Parse([]byte(strings.Join(config, "")))
	if err != nil {
		return nil, fmt.Errorf("model_config: %w", err)
	}
	if err := trainingConfig(root, m); err != nil {
		return nil, fmt.Errorf("training_config: %w", err)
	}
	n, err := FromModel(m)
	if err != nil {
		return nil, fmt.Errorf("model_config: %w", err)
	}
	n.stored, err = weightsOf(root, n)
	return n, err
}

// trainingConfig reads how the model of a legacy .h5 was compiled, if the file contains
// it.
func trainingConfig(root *hdf5.Group, m *Model) error {
	config, ok, err := longStrings(root, "training_config")
	if err != nil || !ok {
		return err
	}
	v, err := decodeJSON([]byte(strings.Join(config, "")))
	if err != nil {
		return err
	}
	m.Compile, err = (&parser{older: m.Older}).compile(v)
	return err
}

// FromModel builds the network of a description.
func FromModel(m *Model) (*Network, error) {
	a, err := assemble(m)
	if err != nil {
		return nil, err
	}
	f, err := a.graph.Model()
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "tfmodels: "))
	}
	if err := checkSize(f); err != nil {
		return nil, err
	}
	return &Network{Functional: f, Model: m, said: a.weights}, nil
}

// StoredWeights returns the weights of the file in the network's order, or nil if it
// has none.
func (n *Network) StoredWeights() []npy.Entry { return n.stored }

// Weights returns the weights of all layers, in order, with the initializers,
// regularizers and constraints that the file specifies.
func (n *Network) Weights() []graphs.Weight {
	all := n.Functional.Weights()
	for i, w := range all {
		said := n.said[w.Name]
		if said.Initializer != nil {
			all[i].Initializer = said.Initializer
		}
		all[i].Regularizer, all[i].Constraint = said.Regularizer, said.Constraint
	}
	return all
}

// Summary describes the layers, one row each. Like Keras, it omits the input and the
// connections of a Sequential.
func (n *Network) Summary() []tfmodels.Row {
	rows := n.Functional.Summary()
	if n.Model.Class == "Sequential" && !slices.ContainsFunc(n.Model.Layers, func(l Layer) bool { return l.Model != nil }) {
		rows = rows[1:]
		for i := range rows {
			rows[i].Connected = nil
		}
	}
	return rows
}

// WithoutDropout returns the network, under the same name, without the layers that draw
// random numbers in training.
func (n *Network) WithoutDropout() tfmodels.Model {
	rest := *n
	rest.whole = n
	if n.whole != nil {
		rest.whole = n.whole
	}
	rest.Functional = n.Functional.WithoutDropout().(*tfmodels.Functional)
	return &rest
}

func names[V any](m map[string]V) string { return strings.Join(slices.Sorted(maps.Keys(m)), ", ") }
