package keras

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/tflab/tflab/tfmodels"
)

// Other lists the user's choices that replace settings of a network's file.
type Other struct {
	Weights, Optimizer bool
	LearningRate       bool // replaces a number or a schedule
}

// Taken lists the parts of a network's file that are used, as text for users. It returns
// "" if the network is not from a file.
func Taken(m tfmodels.Network, other Other) string {
	n := networkOf(m)
	if n == nil {
		return ""
	}
	all := []string{"layers"}
	if frozen := n.frozen(); frozen > 0 {
		all[0] = fmt.Sprintf("layers (%d of them frozen)", frozen)
	}
	if n.stored != nil && !other.Weights {
		all = append(all, "initial weights")
	}
	c := n.Model.Compile
	if c == nil {
		c = &Compile{}
	}
	if c.Optimizer.Class != "" && !other.Optimizer {
		all = append(all, "optimizer "+optimizerTaken(c.Optimizer, other.LearningRate))
	}
	switch {
	case c.Loss.Class != "":
		all = append(all, "loss "+told(snakeCase(c.Loss.Class), differing(c.Loss, lossFamily())))
	case n.GivesLogits():
		all = append(all, "logits (the last layer has no softmax)")
	}
	if len(c.Metrics) > 0 {
		all = append(all, "metrics "+strings.Join(slices.Compact(slices.Clone(c.Metrics)), " "))
	}
	return strings.Join(all, ", ")
}

// frozen counts the layers that have weights and are not trained.
func (n *Network) frozen() int {
	count := 0
	for _, row := range n.Functional.Summary() {
		if row.Parameters > 0 && row.NonTrainable == row.Parameters {
			count++
		}
	}
	return count
}

// optimizerTaken describes an optimizer: its learning rate and all settings that are
// not Keras's defaults.
func optimizerTaken(o Object, otherRate bool) string {
	rate := o.Config["learning_rate"]
	settings := differing(o, optimizerFamily())
	settings = slices.DeleteFunc(settings, func(s string) bool { return strings.HasPrefix(s, "learning_rate ") })
	switch schedule, follows := rate.(Object); {
	case follows && otherRate:
		settings = append(settings, "without its schedule "+schedule.Class)
	case follows:
		settings = append([]string{"learning_rate " + schedule.Class}, settings...)
	case !otherRate:
		settings = append([]string{fmt.Sprintf("learning_rate %g", shortest(o.Config.float("learning_rate")))}, settings...)
	}
	return told(o.Class, settings)
}

// differing lists the settings of an object that are not Keras's defaults.
func differing(o Object, f family) []string {
	usual := defaultObject(f, o.Class).Config
	var all []string
	for _, key := range slices.Sorted(maps.Keys(o.Config)) {
		switch v := o.Config[key]; {
		case v == nil, reflect.DeepEqual(v, usual[key]):
		case v == true:
			all = append(all, key)
		default:
			all = append(all, fmt.Sprintf("%s %v", key, v))
		}
	}
	return all
}

func told(name string, settings []string) string {
	if len(settings) == 0 {
		return name
	}
	return name + " (" + strings.Join(settings, ", ") + ")"
}
