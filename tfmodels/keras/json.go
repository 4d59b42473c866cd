package keras

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// Limits of JSON. A layer has four levels of nesting, a nested model four more. A layer
// has some hundred values, and a value takes more memory than its text.
const (
	maxNesting = 64
	maxValues  = 1 << 20
)

// decodeJSON decodes one JSON value. Numbers stay text.
func decodeJSON(data []byte) (any, error) {
	if err := checkSyntax(data); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.New("not JSON: it is empty or cut short")
		}
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not JSON: there is more after the first value")
	}
	return v, nil
}

// checkSyntax counts brackets and commas outside strings.
func checkSyntax(data []byte) error {
	depth, commas, text, escaped := 0, 0, false, false
	for _, c := range data {
		switch {
		case escaped:
			escaped = false
		case text:
			escaped, text = c == '\\', c != '"'
		case c == '"':
			text = true
		case c == '{' || c == '[':
			if depth++; depth > maxNesting {
				return fmt.Errorf("JSON is nested more than %d deep: want a model as Keras writes it", maxNesting)
			}
		case c == '}' || c == ']':
			depth--
		case c == ',':
			if commas++; commas >= maxValues {
				return fmt.Errorf("JSON has more than %d values: want a model as Keras writes it", maxValues)
			}
		}
	}
	return nil
}

// object is a JSON object that records which keys have been read. Keys that were never
// read are an error in the end.
type object struct {
	fields map[string]any
	asked  map[string]bool
}

func newObject(v any) (*object, error) {
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: want an object", show(v))
	}
	return &object{fields: fields, asked: map[string]bool{}}, nil
}

// get returns a key's value, or nil if the key is missing.
func (o *object) get(key string) any {
	o.asked[key] = true
	return o.fields[key]
}

func (o *object) has(key string) bool { _, ok := o.fields[key]; return ok }

// skip marks keys as read that change nothing here.
func (o *object) skip(keys ...string) {
	for _, key := range keys {
		o.asked[key] = true
	}
}

// object returns a key's value, which must be an object.
func (o *object) object(key string) (*object, error) {
	inner, err := newObject(o.get(key))
	return inner, at(key, err)
}

// text returns a key's value, which must be a string. It returns "" if the key is
// missing or null.
func (o *object) text(key string) (string, error) {
	switch v := o.get(key).(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	default:
		return "", at(key, fmt.Errorf("%s: want a string", show(v)))
	}
}

// list returns a key's value, which must be an array. It returns an empty list if the
// key is missing or null.
func (o *object) list(key string) ([]any, error) {
	switch v := o.get(key).(type) {
	case nil:
		return nil, nil
	case []any:
		return v, nil
	default:
		return nil, at(key, fmt.Errorf("%s: want an array", show(v)))
	}
}

// finish returns an error if keys were not read.
func (o *object) finish() error {
	var left []string
	for key := range o.fields {
		if !o.asked[key] {
			left = append(left, key)
		}
	}
	if len(left) == 0 {
		return nil
	}
	slices.Sort(left)
	return at(left[0], fmt.Errorf("%s: the key is not known to tflab and may change the result", show(o.fields[left[0]])))
}

// at adds the key to an error.
func at(key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", key, err)
}

// show returns a JSON value for an error message, shortened.
func show(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprintf("%T", v)
	}
	text := bytes.TrimSpace(b.Bytes())
	if len(text) > 60 {
		return string(bytes.ToValidUTF8(text[:57], nil)) + "..."
	}
	return string(text)
}

// toInt converts a value to a whole number.
func toInt(v any) (int, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, fmt.Errorf("%s: want a whole number", show(v))
	}
	i, err := strconv.ParseInt(n.String(), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%s: want a whole number", show(v))
	}
	return int(i), nil
}

// toFloat converts a value to a finite number.
func toFloat(v any) (float64, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, fmt.Errorf("%s: want a number", show(v))
	}
	f, err := strconv.ParseFloat(n.String(), 64)
	if err != nil || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%s: want a number", show(v))
	}
	return f, nil
}
