package runfolder

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/tflab/tflab/cmd/internal/settings"
)

// What may differ between two parts of a run, by the keys of config.json, beside
// the settings that may: all else makes another run.
var (
	incidental = []string{"command_line", "started", "resumed", "finished", "status", "earlier_parts", "versions.tflab", "versions.go", "versions.tensorflow_built_for",
		"network_file", "data.name", "data.source", "data.sample", "data.limit"} // the fingerprint and the counts tell data apart
	rounding = []string{"device", "versions.tensorflow"}
)

// names of keys in messages, where the key alone would be unclear.
var names = map[string]string{"data.fingerprint": "data", "data.training": "training examples", "data.validation": "validation examples",
	"data.test": "test examples"}

// Differences says what of a run another configuration would change: everything
// that config.json has but what may differ. Files count by their content, wherever
// they are. The number of epochs may differ: a run may go on for longer than was
// planned.
func (c Config) Differences(other Config) []string {
	mine, theirs := c.fields(), other.fields()
	free := slices.Concat(incidental, rounding, c.settings(settings.None), c.settings(settings.Rounding))
	if c.Device != other.Device {
		free = append(free, c.settings(settings.ByDevice)...)
	}
	for _, key := range free {
		delete(mine, key)
		delete(theirs, key)
	}
	return differing(mine, theirs)
}

// Elsewhere says what differs that can change rounding: device, threads, replicas,
// TensorFlow. A config.json without threads is older than the record of them:
// nothing is known.
func (c Config) Elsewhere(other Config) []string {
	if c.Threads == 0 {
		return nil
	}
	mine, theirs := map[string]any{}, map[string]any{}
	a, b := c.fields(), other.fields()
	compared := slices.Concat(rounding, c.settings(settings.Rounding))
	if c.Device != other.Device { // else it is a difference
		compared = append(compared, c.settings(settings.ByDevice)...)
	}
	for _, key := range compared {
		mine[key], theirs[key] = a[key], b[key]
	}
	return differing(mine, theirs)
}

// settings are the keys of the settings that have an effect.
func (c Config) settings(effect settings.Effect) (keys []string) {
	for _, s := range c.Table() {
		if s.Key != "" && s.Effect == effect {
			keys = append(keys, s.Key)
		}
	}
	return keys
}

// fields are the values of config.json by their keys: "recipe.epochs".
func (c Config) fields() map[string]any {
	var tree map[string]any
	raw, _ := json.Marshal(c) // plain data
	_ = json.Unmarshal(raw, &tree)
	all := map[string]any{}
	for key, value := range tree {
		group, ok := value.(map[string]any)
		if !ok {
			all[key] = value
			continue
		}
		for name, value := range group {
			all[key+"."+name] = value
		}
	}
	return all
}

func differing(mine, theirs map[string]any) []string {
	var all []string
	keys := maps.Clone(mine)
	maps.Copy(keys, theirs)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		a, b := mine[key], theirs[key]
		if key == "layers" {
			all = append(all, differingLayers(a, b)...)
			continue
		}
		if !reflect.DeepEqual(a, b) {
			all = append(all, difference(nameOf(key), a, b))
		}
	}
	slices.Sort(all)
	return all
}

func difference(name string, a, b any) string {
	return fmt.Sprintf("%s is %s, was %s", name, jsonOf(b, a), jsonOf(a, b))
}

func nameOf(key string) string {
	if name, ok := names[key]; ok {
		return name
	}
	_, name, ok := strings.Cut(key, ".")
	if !ok {
		return key
	}
	return name
}

// differingLayers compares layers by their names, and those of the same names by
// what they are made of. A config.json without that is older than the record of it:
// nothing is known.
func differingLayers(a, b any) []string {
	mine, _ := a.([]any)
	theirs, _ := b.([]any)
	if was, is := layerNames(mine), layerNames(theirs); was != is {
		return []string{difference("layers", was, is)}
	}
	var all []string
	for i := range mine {
		was, is := mine[i].(map[string]any), theirs[i].(map[string]any)
		if was["config"] == nil {
			delete(is, "config")
		}
		keys := maps.Clone(was)
		maps.Copy(keys, is)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if !reflect.DeepEqual(was[key], is[key]) {
				all = append(all, difference(fmt.Sprintf("%s of layer %s", key, was["name"]), was[key], is[key]))
			}
		}
	}
	return all
}

func layerNames(layers []any) string {
	var all []string
	for _, l := range layers {
		row, _ := l.(map[string]any)
		all = append(all, fmt.Sprint(row["name"]))
	}
	return strings.Join(all, " ")
}

// jsonOf shows a value beside another. One that config.json leaves out is none, or
// false.
func jsonOf(v, other any) string {
	if _, isBool := other.(bool); isBool && v == nil {
		v = false
	}
	if v == nil {
		return "none"
	}
	raw, _ := json.Marshal(v) // plain data
	return string(raw)
}
