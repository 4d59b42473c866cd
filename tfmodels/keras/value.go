package keras

import (
	"fmt"
	"slices"
	"strings"
)

// Object is an object that Keras serializes as a class and its settings: an
// initializer, a regularizer, a constraint, an activation layer, an optimizer, a
// schedule or a loss.
type Object struct {
	Class  string
	Config Config
}

// Config holds all settings of a layer or an object by Keras's keys. Settings that are
// missing in the file have Keras's default. The values are int, float64, bool, string,
// [2]int, [2][2]int, []int, []float64, Object and nil.
type Config map[string]any

// setting is a key of a class, with its type and default.
type setting struct {
	key   string
	read  func(v any) (any, error)
	value any // the value if the key is missing
}

// required is the default of a key that must not be missing.
type required struct{}

// readConfig reads the settings of a class.
func readConfig(o *object, settings []setting) (Config, error) {
	c := Config{}
	for _, s := range settings {
		if !o.has(s.key) {
			if _, missing := s.value.(required); missing {
				return nil, fmt.Errorf("%s is missing", s.key)
			}
			c[s.key] = s.value
			continue
		}
		v, err := s.read(o.get(s.key))
		if err != nil {
			return nil, at(s.key, err)
		}
		c[s.key] = v
	}
	return c, nil
}

// whole reads a whole number that is not less than a bound.
func whole(least int) func(any) (any, error) {
	return func(v any) (any, error) {
		i, err := toInt(v)
		if err == nil && i < least {
			err = fmt.Errorf("%d: want %d or more", i, least)
		}
		return i, err
	}
}

func number(v any) (any, error) { return toFloat(v) }

func flag(v any) (any, error) {
	if b, ok := v.(bool); ok {
		return b, nil
	}
	return nil, fmt.Errorf("%s: want true or false", show(v))
}

// orNull reads null as nil.
func orNull(read func(any) (any, error)) func(any) (any, error) {
	return func(v any) (any, error) {
		if v == nil {
			return nil, nil
		}
		return read(v)
	}
}

// oneOf reads one of several strings.
func oneOf(names ...string) func(any) (any, error) {
	return func(v any) (any, error) {
		if s, ok := v.(string); ok && slices.Contains(names, s) {
			return s, nil
		}
		return nil, fmt.Errorf("%s: want %s", show(v), strings.Join(names, " or "))
	}
}

// only reads a value that must be the given one, the only one supported.
func only(want any) func(any) (any, error) {
	return func(v any) (any, error) {
		if show(v) == show(want) {
			return want, nil
		}
		return nil, fmt.Errorf("%s is not supported: want %s", show(v), show(want))
	}
}

// anything reads a value that changes nothing here.
func anything(any) (any, error) { return nil, nil }

// pair reads two whole numbers of at least 1, or one that is used for both.
func pair(v any) (any, error) {
	if list, ok := v.([]any); ok {
		all, err := wholes(list, 1)
		if err == nil && len(all) != 2 {
			err = fmt.Errorf("%s: want 2 numbers", show(v))
		}
		if err != nil {
			return nil, err
		}
		return [2]int(all), nil
	}
	n, err := whole(1)(v)
	if err != nil {
		return nil, err
	}
	return [2]int{n.(int), n.(int)}, nil
}

// edges reads the amounts to add or cut at [[top, bottom], [left, right]]. A number is
// used for both ends of an axis, and a single number for all four.
func edges(v any) (any, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v, v}
	}
	if len(list) != 2 {
		return nil, fmt.Errorf("%s: want [[top, bottom], [left, right]]", show(v))
	}
	var both [2][2]int
	for i, side := range list {
		ends, ok := side.([]any)
		if !ok {
			ends = []any{side, side}
		}
		all, err := wholes(ends, 0)
		if err != nil {
			return nil, err
		}
		if len(all) != 2 {
			return nil, fmt.Errorf("%s: want [[top, bottom], [left, right]]", show(v))
		}
		both[i] = [2]int(all)
	}
	return both, nil
}

// axes reads a whole number or an array of whole numbers as []int.
func axes(v any) (any, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	return wholes(list, -1<<31)
}

func wholes(list []any, least int) ([]int, error) {
	all := make([]int, 0, len(list))
	for _, v := range list {
		n, err := whole(least)(v)
		if err != nil {
			return nil, err
		}
		all = append(all, n.(int))
	}
	return all, nil
}

// numbers reads an array of numbers, or a single number.
func numbers(v any) (any, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	all := make([]float64, 0, len(list))
	for _, v := range list {
		f, err := toFloat(v)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}
