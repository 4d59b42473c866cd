package runfolder

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Differences says what of a run that another configuration would change: the
// fields that its numbers depend on, as config.json names them. Files count by
// their content, wherever they are. The number of epochs is none of them: a run
// may go on for longer than was planned.
//
// Whether XLA compiles follows from the device where no flag says so. On another
// device another answer is one more thing that is elsewhere.
func (c Config) Differences(other Config) []string {
	mine := c.essence()
	if c.Device != other.Device {
		delete(mine, "jit")
	}
	return differing(mine, other.essence())
}

// Elsewhere says what is another of what a run's last bits depend on, beside its
// essence. A config.json without threads is older than the record of them: nothing
// is known.
func (c Config) Elsewhere(other Config) []string {
	if c.Threads == 0 {
		return nil
	}
	mine := c.place()
	if c.Device == other.Device { // then it is a difference
		delete(mine, "jit")
	}
	return differing(mine, other.place())
}

func differing(mine, theirs map[string]any) []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(mine)) {
		if a, b := mine[key], theirs[key]; !reflect.DeepEqual(a, b) {
			all = append(all, fmt.Sprintf("%s is %s, was %s", key, jsonOf(b), jsonOf(a)))
		}
	}
	return all
}

func (c Config) place() map[string]any {
	return map[string]any{"device": c.Device, "threads": c.Threads, "replicas": c.Replicas, "jit": c.JIT, "tensorflow": c.Versions.TensorFlow}
}

// essence is the part of a configuration that a run's numbers follow from.
func (c Config) essence() map[string]any {
	recipe := map[string]any{}
	raw, _ := json.Marshal(c.Recipe) // plain data
	_ = json.Unmarshal(raw, &recipe)
	e := map[string]any{
		"network": c.Network, "seed": c.Seed, "precision": c.Precision, "jit": c.JIT, "semantics": c.Semantics,
		"initial_weights_sha256": c.WeightsSHA256, "layers": names(c), "data": c.Data.Fingerprint, "training examples": c.Data.Training,
	}
	for _, key := range []string{"optimizer", "learning_rate", "decay", "hyperparameters", "batch_size", "validation",
		"validation_split", "early_stopping", "shuffle", "order_sha256", "dropout"} {
		e[key] = recipe[key]
	}
	return e
}

func names(c Config) string {
	var all []string
	for _, l := range c.Layers {
		all = append(all, l.Name)
	}
	return strings.Join(all, " ")
}

func jsonOf(v any) string {
	if v == nil { // left out of config.json
		return "none"
	}
	raw, _ := json.Marshal(v) // plain data
	return string(raw)
}
