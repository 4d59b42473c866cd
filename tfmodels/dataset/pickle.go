package dataset

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/nlpodyssey/gopickle/pickle"
	"github.com/nlpodyssey/gopickle/types"
)

// unpickle decodes a Python pickle. It supports numbers, strings, lists, tuples,
// dictionaries and NumPy arrays, of Python 2 and 3, protocols 0 to 5. It executes
// nothing: classes and functions are only names, and those that findClass does not know
// are refused.
func unpickle(data []byte) (value any, err error) {
	if err := scanPickle(data); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil { // gopickle does not validate the order of opcodes
			value, err = nil, fmt.Errorf("not a valid pickle: %v", r)
		}
	}()
	u := pickle.NewUnpickler(bytes.NewReader(data))
	u.FindClass = findClass
	value, err = u.Load()
	if err != nil { // the message may quote a value of any length
		return nil, fmt.Errorf("not a valid pickle: %.200s", cutShort(err).Error())
	}
	return value, nil
}

// findClass returns the replacement for a class or function that a pickle names. The
// modules are those of Python 2 and 3 and of NumPy 1 and 2.
func findClass(module, name string) (any, error) {
	switch module + "." + name {
	case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct":
		return function(func([]any) (any, error) { return new(ndarray), nil }), nil
	case "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar":
		return function(newScalar), nil
	case "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer":
		return function(fromBuffer), nil
	case "numpy.dtype":
		return function(newDType), nil
	case "_codecs.encode":
		return function(encodeLatin1), nil
	case "numpy.ndarray":
		return nil, nil // only used as an argument of _reconstruct
	}
	return nil, fmt.Errorf("the pickle names %.60s.%.60s, which is refused: want only numbers, strings, lists, dictionaries and NumPy arrays", module, name)
}

// function is the replacement for a Python function.
type function func(args []any) (any, error)

// Call implements types.Callable.
func (f function) Call(args ...any) (any, error) { return f(args) }

// encodeLatin1 returns the bytes that Python 3 writes as text in old protocols.
func encodeLatin1(args []any) (any, error) {
	if len(args) != 2 || args[1] != "latin1" {
		return nil, errors.New("_codecs.encode: want a string and 'latin1'")
	}
	text, ok := args[0].(string)
	if !ok {
		return nil, fmt.Errorf("_codecs.encode: got %T: want a string", args[0])
	}
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, fmt.Errorf("_codecs.encode: character %U is not in latin1", r)
		}
		out = append(out, byte(r))
	}
	return out, nil
}

// asBytes returns the value of Python's bytes, bytearray or, in version 2, str.
func asBytes(v any) ([]byte, error) {
	switch v := v.(type) {
	case []byte:
		return v, nil
	case string:
		return []byte(v), nil
	case *types.ByteArray:
		return *v, nil
	}
	return nil, fmt.Errorf("got %T: want bytes", v)
}

// asTuple returns the items of a tuple with at least n items.
func asTuple(v any, n int) ([]any, error) {
	t, ok := v.(*types.Tuple)
	if !ok || len(*t) < n {
		return nil, fmt.Errorf("got %T: want a tuple of %d or more", v, n)
	}
	return *t, nil
}

// cifarPython reads the Python version of CIFAR-10: each batch is a pickled
// dictionary with data, a uint8 array of shape (N, 3072), and labels, a list.
func cifarPython() cifarVersion {
	return cifarVersion{meta: "batches.meta", batch: parseCIFARPickle, classes: parseCIFARMeta}
}

func parseCIFARPickle(content []byte) (cifarBatch, error) {
	data, labels, err := pickledPair(content, "data", "labels")
	if err != nil {
		return cifarBatch{}, err
	}
	a, ok := data.(*ndarray)
	switch {
	case !ok:
		return cifarBatch{}, fmt.Errorf("data: got %T: want a NumPy array", data)
	case a.dtype == nil || a.dtype.code != "u1":
		return cifarBatch{}, fmt.Errorf("data: array of dtype %v: want uint8", a.dtype)
	case len(a.shape) != 2 || a.shape[1] != cifarPixels || a.fortran:
		return cifarBatch{}, fmt.Errorf("data: array of shape %v (Fortran order %v): want (N, %d) in C order", a.shape, a.fortran, cifarPixels)
	}
	numbers, err := asInts(labels)
	if err != nil {
		return cifarBatch{}, fmt.Errorf("labels: %w", err)
	}
	if len(numbers) != a.shape[0] || len(a.raw) != a.shape[0]*cifarPixels {
		return cifarBatch{}, fmt.Errorf("%d images of %d bytes in all, but %d labels: want as many", a.shape[0], len(a.raw), len(numbers))
	}
	b := cifarBatch{labels: make([]uint8, len(numbers)), pixels: a.raw, stride: cifarPixels}
	for i, n := range numbers {
		if n < 0 || n >= maxClasses {
			return cifarBatch{}, fmt.Errorf("label of record %d: got %d: want 0 to 9", i, n)
		}
		b.labels[i] = uint8(n)
	}
	return b, nil
}

// parseCIFARMeta reads batches.meta: a pickled dictionary with label_names.
func parseCIFARMeta(content []byte) ([]string, error) {
	value, _, err := pickledPair(content, "label_names", "")
	if err != nil {
		return nil, err
	}
	list, ok := value.(*types.List)
	if want := len(cifarClasses()); !ok || len(*list) != want {
		return nil, fmt.Errorf("label_names: want a list of %d names", want)
	}
	var names []string
	for _, item := range *list {
		name, err := asBytes(item)
		if err != nil {
			return nil, fmt.Errorf("label_names: %w", err)
		}
		names = append(names, string(name))
	}
	return names, nil
}

// pickledPair unpickles a dictionary and returns two of its values. The second key may
// be empty. A key may be text or bytes, because Python 2 and 3 differ.
func pickledPair(content []byte, first, second string) (a, b any, err error) {
	value, err := unpickle(content)
	if err != nil {
		return nil, nil, err
	}
	dict, ok := value.(*types.Dict)
	if !ok {
		return nil, nil, fmt.Errorf("the pickle holds %T: want a dictionary", value)
	}
	found := make(map[string]any)
	for _, entry := range *dict {
		if key, err := asBytes(entry.Key); err == nil {
			found[string(key)] = entry.Value
		}
	}
	for _, key := range []string{first, second} {
		if _, ok := found[key]; !ok && key != "" {
			return nil, nil, fmt.Errorf("the pickled dictionary has no %q: want a file of CIFAR-10", key)
		}
	}
	return found[first], found[second], nil
}
