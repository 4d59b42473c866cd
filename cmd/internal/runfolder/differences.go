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

// The keys of config.json, besides those of settings, that may differ between two parts
// of a run. A difference in any other key means another run.
var (
	incidental = []string{"command_line", "started", "resumed", "finished", "status", "earlier_parts", "workers", "versions.tflab", "versions.go", "versions.tensorflow_built_for",
		"network_file", "data.name", "data.source", "data.sample", "data.limit"} // data sets are compared by fingerprint and counts
	rounding = []string{"device", "versions.tensorflow"}
)

// names maps keys to their names in messages, where the key alone would be unclear.
var names = map[string]string{"data.fingerprint": "data", "data.training": "training examples", "data.validation": "validation examples",
	"data.test": "test examples"}

// Differences lists what makes other the configuration of another run: all differences
// in config.json except those that a resumed run may have. Files are compared by
// content, not by path. The number of epochs may differ, because a run may be extended.
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

// Elsewhere lists differences in environment (device, threads, replicas, TensorFlow)
// that can change rounding. A config.json without threads predates that record, so
// nothing can be compared.
func (c Config) Elsewhere(other Config) []string {
	if c.Threads == 0 {
		return nil
	}
	mine, theirs := map[string]any{}, map[string]any{}
	a, b := c.fields(), other.fields()
	compared := slices.Concat(rounding, c.settings(settings.Rounding))
	if c.Device != other.Device { // on the same device a difference makes another run
		compared = append(compared, c.settings(settings.ByDevice)...)
	}
	for _, key := range compared {
		mine[key], theirs[key] = a[key], b[key]
	}
	return differing(mine, theirs)
}

// settings returns the keys of the settings that have the given effect.
func (c Config) settings(effect settings.Effect) (keys []string) {
	for _, s := range c.Table() {
		if s.Key != "" && s.Effect == effect {
			keys = append(keys, s.Key)
		}
	}
	return keys
}

// fields returns the values of config.json by key, such as "recipe.epochs".
func (c Config) fields() map[string]any {
	var tree map[string]any
	raw, _ := json.Marshal(c) // plain data cannot fail
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

// differingLayers compares layers by name, and layers of the same name by their
// options. A config.json without options predates that record, so nothing can be
// compared.
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

// jsonOf formats a value for comparison with other. A value that config.json omits is
// "none", or "false" for a flag.
func jsonOf(v, other any) string {
	if _, isBool := other.(bool); isBool && v == nil {
		v = false
	}
	if v == nil {
		return "none"
	}
	raw, _ := json.Marshal(v) // plain data cannot fail
	return string(raw)
}
