package server

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	tf "github.com/wamuir/graft/tensorflow"

	"github.com/tflab/tflab/graphs/serving"
)

// examples handles :classify and :regress.
func (s *Server) examples(ctx context.Context, v *version, verb string, body []byte) ([]byte, error) {
	keys, err := topLevel(body)
	if err != nil {
		return nil, err
	}
	var r request
	signature, err := r.pick(keys["signature_name"], v)
	if err != nil {
		return nil, err
	}
	list, err := exampleList(keys)
	if err != nil {
		return nil, err
	}
	method := regressMethod
	if verb == "classify" {
		method = classifyMethod
	}
	input, images := v.soleImage(signature)
	switch {
	case signature.Method == method:
		r.inputs, err = serialized(signature, list)
	case verb == "classify" && images:
		r.inputs, r.rows = tensors{}, len(list)
		r.inputs[input.Name], err = v.imagesOf(input, list, s.decoder(ctx))
	default:
		err = badRequest("signature %q: its method is %s: want %[4]s, which %[3]s needs; use :predict, or name another signature by signature_name", r.signature, signature.Method, verb, method)
	}
	if err != nil {
		return nil, err
	}
	outputs, err := v.batcher.run(ctx, r.signature, r.inputs, r.rows)
	if err != nil {
		return nil, runError(r.inputs, v, r.signature, err)
	}
	if verb == "regress" {
		return encodeRegression(outputs, len(list))
	}
	return encodeClasses(outputs, len(list), v.Labels)
}

// soleImage returns the input of a signature whose only input is images.
func (v *version) soleImage(s serving.Signature) (input serving.Tensor, is bool) {
	if len(s.Inputs) != 1 || len(s.Outputs) != 1 {
		return input, false
	}
	_, is = v.imageInput(s.Inputs[0])
	return s.Inputs[0], is
}

// example maps feature names to their JSON values.
type example map[string][]byte

// exampleList reads the examples and adds the features of the common context to each.
func exampleList(keys map[string][]byte) ([]example, error) {
	context := map[string][]byte{}
	if text, ok := keys["context"]; ok {
		var err error
		if context, err = members(text); err != nil {
			return nil, fmt.Errorf(`"context": %w`, err)
		}
	}
	text, ok := keys["examples"]
	if !ok {
		return nil, badRequest(`no "examples": want a list of objects with the features`)
	}
	s := &scanner{text: text}
	if s.peek() != '[' {
		return nil, badRequest(`"examples" is not a list: want a list of objects with the features`)
	}
	var all []example
	_, err := s.list(func(i int) error {
		text, err := s.skip()
		if err != nil {
			return err
		}
		e, err := members(text)
		if err != nil {
			return fmt.Errorf("example %d: %w", i, err)
		}
		for name, value := range context {
			if _, twice := e[name]; twice {
				return badRequest(`example %d: feature %q is in "context", too: want the feature in only one of them`, i, shorten([]byte(name)))
			}
			e[name] = value
		}
		all = append(all, e)
		return nil
	})
	if err == nil && len(all) == 0 {
		err = badRequest(`"examples" is empty: want one or more`)
	}
	return all, err
}

// imagesOf reads one image per example: a file in base64, nested lists, or a flat list
// of numbers as in a tf.Example.
func (v *version) imagesOf(input serving.Tensor, list []example, decode DecodeImage) (tensor, error) {
	var parts []tensor
	for i, e := range list {
		value, ok := e[input.Name]
		if !ok || len(e) != 1 {
			return tensor{}, badRequest("example %d has features %q: want %q", i, slices.Sorted(maps.Keys(e)), input.Name)
		}
		b := newBuilder(v, input, decode)
		nested := b.want
		if flat(value) {
			b.want = nil
		}
		b.shape, b.path = []int64{1}, []int{i}
		if err := b.value(&scanner{text: value}, 1); err != nil {
			return tensor{}, err
		}
		b.want = nested
		if b.shape[0] = 1; len(b.shape) == 2 && int(b.shape[1]) == product(nested[1:]) {
			b.shape = append([]int64{1}, nested[1:]...)
		}
		b.path = []int{i}
		t, err := b.finish()
		if err != nil {
			return tensor{}, err
		}
		parts = append(parts, t)
	}
	return join(parts), nil
}

// flat reports whether a value is a flat list of numbers.
func flat(value []byte) bool {
	s := &scanner{text: value}
	if s.peek() != '[' {
		return false
	}
	s.at++
	next := s.peek()
	return next != '[' && next != '{'
}

// encodeRegression returns the body of the response to :regress.
func encodeRegression(outputs tensors, examples int) ([]byte, error) {
	t, ok := outputs["outputs"]
	if !ok || t.dtype != tf.Float || product(t.shape) != examples {
		return nil, fmt.Errorf(`the outputs of the regression are %v: want "outputs", a float for each of %d examples`, slices.Sorted(maps.Keys(outputs)), examples)
	}
	t.shape = []int64{int64(examples)}
	w := &writer{}
	w.raw(`{"results": `)
	w.tensor("", t)
	w.raw("}\n")
	return w.b.Bytes(), nil
}

// encodeClasses returns the body of the response to :classify: for each example a list
// of labels with their scores.
func encodeClasses(outputs tensors, examples int, labels []string) ([]byte, error) {
	scores, classes := outputs["scores"], outputs["classes"]
	if len(outputs) == 1 { // a signature for :predict, or one with only scores or only classes
		for name, t := range outputs {
			if name != "classes" {
				scores = t
			}
		}
	}
	counted := scores
	if scores.shape == nil {
		counted = classes
	}
	if len(counted.shape) != 2 || counted.rows() != examples || scores.shape != nil && classes.shape != nil && !slices.Equal(scores.shape, classes.shape) ||
		scores.shape != nil && scores.dtype != tf.Float {
		return nil, fmt.Errorf("the output of the classification has shape %s: want scores and classes, [%d classes]", shapeText(counted.shape), examples)
	}
	n := int(counted.shape[1])
	w := &writer{}
	w.raw(`{"results": [`)
	for i := range examples {
		w.comma(i)
		w.raw("[")
		for j := range n {
			w.comma(j)
			w.raw("[")
			switch {
			case classes.strings != nil:
				w.text(classes.strings[i*n+j])
			case classes.shape == nil && len(labels) == n:
				w.text(labels[j])
			default:
				w.text(strconv.Itoa(j))
			}
			w.raw(", ")
			if scores.shape != nil {
				w.value(scores, false, i*n+j)
			} else {
				w.raw("0.0")
			}
			w.raw("]")
		}
		w.raw("]")
	}
	w.raw("]}\n")
	return w.b.Bytes(), nil
}
