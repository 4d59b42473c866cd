package keras

import (
	"fmt"
	"strings"

	"github.com/tflab/tflab/graphs/npy"
	"github.com/tflab/tflab/tfmodels"
	"github.com/tflab/tflab/tfmodels/keras/hdf5"
)

// legacyGroup returns the group of a legacy .h5 file that contains the layers, and the
// names of the layers. The file may hold only weights or a whole model. The group is
// nil if there is none.
func legacyGroup(root *hdf5.Group) (*hdf5.Group, []string, error) {
	for _, g := range []*hdf5.Group{root, root.Group("model_weights")} {
		if g == nil {
			continue
		}
		names, ok, err := longStrings(g, "layer_names")
		if err != nil || ok {
			return g, names, err
		}
	}
	return nil, nil, nil
}

// longStrings returns an attribute of many strings. Keras splits it into name0, name1
// and so on where it would exceed the size limit of an object header.
func longStrings(g *hdf5.Group, name string) ([]string, bool, error) {
	all, ok, err := g.Strings(name)
	if err != nil || ok {
		return all, ok, err
	}
	for i := 0; ; i++ {
		part, more, err := g.Strings(fmt.Sprintf("%s%d", name, i))
		if err != nil || !more {
			return all, i > 0, err
		}
		all = append(all, part...)
	}
}

// legacyLayer is a layer with weights in a legacy .h5 file.
type legacyLayer struct {
	name    string
	weights []*hdf5.Dataset
}

// readLegacy reads the layout of a legacy .h5 file. The layers with weights, in the
// order of layer_names, correspond to those of the network, in the network's order.
func readLegacy(g *hdf5.Group, names []string, m tfmodels.Model) ([]npy.Entry, error) {
	var found []legacyLayer
	var have []string
	for _, name := range names {
		l, err := legacyWeights(g, name)
		if err != nil {
			return nil, err
		}
		if len(l.weights) > 0 {
			found = append(found, l)
			have = append(have, name)
		}
	}
	wanted := legacyPlaces(m)
	if len(found) != len(wanted) {
		var want []string
		for _, p := range wanted {
			want = append(want, p.layer)
		}
		return nil, fmt.Errorf("has %d layers with weights (%s): %s has %d (%s)", len(found), strings.Join(have, ", "), m.Name(), len(wanted), strings.Join(want, ", "))
	}
	var entries []npy.Entry
	for i, p := range wanted {
		l := found[i]
		if len(l.weights) != len(p.weights) {
			return nil, fmt.Errorf("%s: layer %q of the file has %s: want %s", p, l.name, shapes(l.weights), p.wants())
		}
		for j, w := range p.weights {
			if got, want := variableName(l.weights[j].Path), p.short(j); got != want && !(got == "depthwise_kernel" && want == "kernel") { // the name in Keras 2
				return nil, fmt.Errorf("%s: layer %q of the file has %s: want %s", p, l.name, got, want)
			}
			a, err := p.array(j, l.weights[j])
			if err != nil {
				return nil, err
			}
			entries = append(entries, npy.Entry{Name: w.Name, Array: a})
		}
	}
	return entries, nil
}

// legacyWeights returns the arrays of a layer in the order of weight_names.
func legacyWeights(g *hdf5.Group, name string) (legacyLayer, error) {
	l := legacyLayer{name: name}
	group := g.Group(name)
	if group == nil {
		return l, fmt.Errorf("layer %q is one of layer_names but has no group", name)
	}
	names, _, err := longStrings(group, "weight_names")
	if err != nil {
		return l, err
	}
	for _, n := range names {
		d := group.Dataset(n)
		if d == nil {
			return l, fmt.Errorf("layer %q: array %q is one of its weight_names but is missing", name, n)
		}
		l.weights = append(l.weights, d)
	}
	return l, nil
}

// variableName returns a weight's name without the layer's name and without the :0 that
// Keras 2 appends.
func variableName(path string) string {
	return strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ":0")
}
