package settings

import (
	"errors"
	"flag"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Choices are the values that a user gave on the command line, by flag.
type Choices map[string]string

// Choose sets the values that a user has chosen, in the order of the table, and derives
// the values that depend on them. Any error is a usage error.
func (v *Values) Choose(choices Choices) error {
	if split, set := choices["validation-split"], choices["validation"]; split != "" && set != "" {
		return fmt.Errorf("--validation %s and --validation-split: want only one of them", set)
	}
	v.Chosen = choices
	for _, s := range v.Table() {
		if text, ok := choices[s.Flag]; ok {
			if err := s.Set(text); err != nil {
				return err
			}
		}
	}
	return v.complete()
}

// complete derives the values that depend on others.
func (v *Values) complete() error {
	if v.Resume && v.Out == "" {
		return errors.New("--resume needs --out DIR, the folder of the run to resume")
	}
	if err := v.completeCluster(); err != nil {
		return err
	}
	v.TensorBoard = v.TensorBoard || v.Histograms
	if err := v.chooseSchedule(); err != nil {
		return err
	}
	o, err := v.Optimizer()
	if err != nil {
		return err
	}
	v.Recipe.Optimizer, v.Recipe.LearningRate, v.Recipe.Hyperparameters = o.Name(), o.LearningRate(), o.Hyperparameters()
	if schedule := v.Recipe.Schedule; schedule != nil {
		v.Recipe.LearningRate = schedule.At(0, 0)
	}
	return nil
}

// chooseSchedule leaves a file's schedule aside where another learning rate is chosen.
func (v *Values) chooseSchedule() error {
	r := &v.Recipe
	if r.Schedule == nil {
		return nil
	}
	if v.Chosen["learning-rate"] != "" {
		r.Schedule = nil
		return nil
	}
	if v.Chosen["decay"] != "" {
		return fmt.Errorf("--decay %g: the learning rate of the network's file follows the schedule %s: give --learning-rate, too, to train without the schedule", r.Decay, r.Schedule.Class)
	}
	return nil
}

// Set parses a value from the command line.
func (s Setting) Set(text string) error {
	err := parse(s.Value, text)
	switch {
	case err != nil && s.Want != "":
		return fmt.Errorf("--%s %q: want %s", s.Flag, text, s.Want)
	case err != nil:
		return fmt.Errorf("--%s %w", s.Flag, err)
	case s.Valid != nil && !s.Valid():
		return fmt.Errorf("--%s %s: want %s", s.Flag, text, s.Want)
	}
	return nil
}

func parse(value any, text string) (err error) {
	if v, ok := value.(flag.Value); ok {
		return v.Set(text)
	}
	at := reflect.ValueOf(value).Elem()
	switch at.Kind() {
	case reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(text)
		at.SetBool(b)
	case reflect.Int, reflect.Int64:
		var n int64
		n, err = strconv.ParseInt(text, 10, 64)
		at.SetInt(n)
	case reflect.Float64:
		var f float64
		f, err = strconv.ParseFloat(text, 64)
		at.SetFloat(f)
	default:
		at.SetString(text)
	}
	return err
}

// String returns the value in command-line form, or "" if there is none.
func (s Setting) String() string {
	if v, ok := s.Value.(flag.Value); ok {
		return v.String()
	}
	return fmt.Sprint(reflect.ValueOf(s.Value).Elem())
}

// Switch reports whether the flag takes no value.
func (s Setting) Switch() bool {
	if b, ok := s.Value.(interface{ IsBoolFlag() bool }); ok {
		return b.IsBoolFlag()
	}
	_, ok := s.Value.(*bool)
	return ok
}

// Arguments returns the flags that choose the present values of the settings of some
// groups, or of single settings by the names of their flags. It omits switches that are
// off by default, zero counts and empty strings.
func (v *Values) Arguments(names ...Group) []string {
	var all []string
	for _, s := range v.Table() {
		text := s.String()
		_, isFloat := s.Value.(*float64)
		switch {
		case !s.In(names), text == "", text == "0" && !isFloat:
		case s.Switch() && text == "true":
			all = append(all, "--"+s.Flag)
		case s.Switch():
			if v.Chosen[s.Flag] != "" {
				all = append(all, "--"+s.Flag+"=false")
			}
		default:
			all = append(all, "--"+s.Flag, text)
		}
	}
	return all
}

// In reports whether a setting is in one of the groups, or is named among them by its
// flag.
func (s Setting) In(names []Group) bool {
	return slices.Contains(names, s.Group) || slices.Contains(names, Group(s.Flag))
}

// Size is a number of bytes, such as 500M. The suffixes K, M and G mean powers of 1024.
type Size int64

// Set implements flag.Value.
func (s *Size) Set(text string) error {
	number, shift := strings.ToUpper(text), 0
	for suffix, bits := range map[string]int{"K": 10, "M": 20, "G": 30} {
		if rest, ok := strings.CutSuffix(number, suffix); ok {
			number, shift = rest, bits
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err == nil && (n < 1 || n > (1<<63-1)>>shift) {
		err = strconv.ErrRange
	}
	*s = Size(n << shift)
	return err
}

// String implements flag.Value.
func (s *Size) String() string { return fmt.Sprint(int64(*s)) }
