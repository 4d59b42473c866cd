package server

import (
	"maps"
	"slices"
	"strings"

	"github.com/tflab/tflab/graphs/serving"
)

// request is a decoded body of :predict.
type request struct {
	signature string
	inputs    tensors
	rows      int  // of each input, if all agree; else 0
	columnar  bool // "inputs" rather than "instances"
}

// decodePredict decodes a body of :predict.
func decodePredict(body []byte, v *version, decode DecodeImage) (*request, error) {
	keys, err := topLevel(body)
	if err != nil {
		return nil, err
	}
	r := &request{inputs: tensors{}}
	signature, err := r.pick(keys["signature_name"], v)
	if err != nil {
		return nil, err
	}
	instances, row := keys["instances"]
	inputs, columnar := keys["inputs"]
	builders := map[string]*builder{}
	for _, input := range signature.Inputs {
		builders[input.Name] = newBuilder(v, input, decode)
	}
	switch {
	case len(builders) == 0:
		return nil, badRequest("signature %q has no inputs: name another", r.signature)
	case row && columnar:
		return nil, badRequest(`both "instances" and "inputs": want one of them`)
	case row:
		err = r.instances(instances, builders)
	case columnar:
		r.columnar = true
		err = r.columns(inputs, builders)
	default:
		return nil, badRequest(`neither "instances" nor "inputs": want one of them`)
	}
	if err != nil {
		return nil, err
	}
	r.countRows()
	return r, nil
}

func topLevel(body []byte) (map[string][]byte, error) {
	if len(body) == 0 {
		return nil, badRequest(`an empty body: want a JSON object`)
	}
	return members(body)
}

// pick returns the signature that a body names.
func (r *request) pick(name []byte, v *version) (serving.Signature, error) {
	r.signature = v.defaultSignature()
	if name != nil {
		text, err := (&scanner{text: name}).string()
		if err != nil {
			return serving.Signature{}, badRequest(`"signature_name" is %s: want a string`, shorten(name))
		}
		if text != "" {
			r.signature = text
		}
	}
	signature, ok := v.signature(r.signature)
	if !ok {
		var names []string
		for _, s := range v.model.Signatures() {
			names = append(names, s.Name)
		}
		return signature, badRequest("signature %q: the network has no such signature: want one of %s",
			shorten([]byte(r.signature)), strings.Join(names, ", "))
	}
	return signature, nil
}

// instances reads the row format: a list of values, or of objects that name the inputs.
func (r *request) instances(text []byte, builders map[string]*builder) error {
	for _, b := range builders {
		b.shape = []int64{-1} // the number of instances is known at the end
	}
	names := slices.Sorted(maps.Keys(builders))
	s := &scanner{text: text}
	if s.peek() != '[' {
		return badRequest(`"instances" is not a list: want a list with one element per instance`)
	}
	count := 0
	var named bool
	_, err := s.list(func(i int) error {
		object := s.peek() == '{' && !s.isBase64()
		if i == 0 {
			named = object
		}
		for _, b := range builders {
			b.path = append(b.path[:0], i)
		}
		count++
		switch {
		case object != named:
			return badRequest("instance %d: some instances are objects that name the inputs, and others are not: want one form for all", i)
		case named:
			return instance(s, i, builders, names)
		case len(builders) != 1:
			return badRequest("instance %d: the signature has inputs %s: want an object that names them", i, strings.Join(names, ", "))
		}
		return builders[names[0]].value(s, 1)
	})
	if err != nil {
		return err
	}
	if count == 0 {
		return badRequest(`"instances" is empty: want one or more`)
	}
	return r.finish(builders, count)
}

// instance reads an object that has a value for each input.
func instance(s *scanner, i int, builders map[string]*builder, names []string) error {
	seen := map[string]bool{}
	err := s.object(func(key string) error {
		b, ok := builders[key]
		if !ok || seen[key] {
			return badRequest("instance %d: input %q is unknown or occurs twice: want each of %s once", i, shorten([]byte(key)), strings.Join(names, ", "))
		}
		seen[key] = true
		return b.value(s, 1)
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		if !seen[name] {
			return badRequest("instance %d: input %q is missing: want each of %s", i, name, strings.Join(names, ", "))
		}
	}
	return nil
}

// columns reads the columnar format: one tensor, or an object of named ones.
func (r *request) columns(text []byte, builders map[string]*builder) error {
	names := slices.Sorted(maps.Keys(builders))
	s := &scanner{text: text}
	if s.peek() != '{' || s.isBase64() {
		if len(builders) != 1 {
			return badRequest(`"inputs" is not an object: want an object with %s`, strings.Join(names, ", "))
		}
		if err := builders[names[0]].value(s, 0); err != nil {
			return err
		}
		return r.finish(builders, -1)
	}
	given, err := members(text)
	if err != nil {
		return err
	}
	for _, name := range names {
		value, ok := given[name]
		if !ok {
			return badRequest(`"inputs": input %q is missing: want each of %s`, name, strings.Join(names, ", "))
		}
		delete(given, name)
		if err := builders[name].value(&scanner{text: value}, 0); err != nil {
			return err
		}
	}
	for name := range given {
		return badRequest(`"inputs": input %q is unknown: want %s`, shorten([]byte(name)), strings.Join(names, ", "))
	}
	return r.finish(builders, -1)
}

// isBase64 reports whether the next object is {"b64": …}.
func (s *scanner) isBase64() bool {
	ahead := *s
	keys, base64 := 0, false
	err := ahead.object(func(key string) error {
		keys++
		base64 = key == "b64" && ahead.peek() == '"'
		_, err := ahead.skip()
		return err
	})
	return err == nil && keys == 1 && base64
}

// finish collects the tensors of the builders. The number of instances is count, or -1
// if each tensor has its own.
func (r *request) finish(builders map[string]*builder, count int) error {
	for name, b := range builders {
		if count >= 0 {
			b.path = b.path[:0]
			if err := b.length(0, count); err != nil {
				return err
			}
		}
		t, err := b.finish()
		if err != nil {
			return err
		}
		r.inputs[name] = t
	}
	return nil
}

func (r *request) countRows() {
	first := true
	for _, t := range r.inputs {
		if first {
			r.rows, first = t.rows(), false
		}
		if t.rows() != r.rows {
			r.rows = 0
			return
		}
	}
}
